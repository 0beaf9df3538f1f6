"""The file of sources: from YAML to what the service needs of each, or to a line for each thing that is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from stream.intake.recipe import RecipePart, bundled
from stream.intake.signature import key_of
from stream.intake.source import Source
from stream.mapping import DeliveryMapping, MappingError, load_mapping
from stream.policy_file.reading import shaped
from stream.policy_file.scalars import LISTED, SOME, Name, near, whole_number, wrong
from stream.policy_file.shape import Part
from stream.settings import PREFIX
from stream.yaml_lines import Place, WrongYamlError, read_text, read_yaml

RESERVED = ("/metrics", "/healthz", "/readyz")
_MOST_SECRET_BYTES = 4096


class WrongSourcesError(ValueError):
    """A file of sources that cannot be used; the text has a line for each thing that is wrong, and no secret."""


def _path(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"(/[A-Za-z0-9][A-Za-z0-9._~-]{0,99}){1,8}", value):
        if value not in RESERVED:
            return value
        raise wrong(value, f"a path other than {', '.join(RESERVED)}")
    raise wrong(value, "a path such as /zendesk, of letters, digits, dots, hyphens and slashes")


def _name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        return value
    raise wrong(value, "1 to 40 small letters, digits and hyphens, as it is the value of a label")


def _signature(value: object) -> str | RecipePart:
    if isinstance(value, dict):
        return RecipePart.model_validate(value)
    if isinstance(value, str) and value in bundled():
        return value
    hint = near(value, list(bundled())) if isinstance(value, str) else ""
    raise ValueError(f"is no recipe{hint}; accepts {', '.join(bundled())}, or keys such as header and algorithm")


def _secret(value: object) -> tuple[str, str]:
    """Return where a secret is. One that stands here itself is not quoted."""
    if isinstance(value, dict) and len(value) == 1:
        kind, place = next(iter(value.items()))
        if kind in ("env", "file") and isinstance(place, str) and 0 < len(place) <= 1000:
            return kind, place
    raise ValueError("accepts {env: NAME} or {file: PATH}: where a secret is, and never a secret itself")


def _public_url(value: object) -> str:
    text = value if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("https", "http") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        right = False
    if right:
        return text
    raise wrong(value, "the address that the sender calls, such as https://intake.example.com/zendesk, without a query")


def _origin(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\*|[A-Za-z0-9.-]{1,253}", value):
        return value.lower()
    raise wrong(value, "the name of a sender such as eventemitter.example.com, or *")


def _topic(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}", value):
        return value
    raise wrong(value, "the ARN of a topic, such as arn:aws:sns:eu-central-1:123456789012:desk")


class SourcePart(Part):
    """One sender and its address."""

    path: Annotated[str, PlainValidator(_path)] = Field(description="The address that it posts to, such as `/zendesk`.")
    name: Annotated[str, PlainValidator(_name)] | None = Field(
        None, description="Its name in metrics and logs. Left out: the path with hyphens for its slashes."
    )
    mapping: Name = Field(description="A bundled mapping, or the path of a file: what becomes of a delivery.")
    signature: Annotated[str | RecipePart, PlainValidator(_signature)] | None = Field(
        None, description="A bundled recipe or one of your own. Left out: the recipe that is named as the mapping is."
    )
    secrets: Annotated[tuple[Annotated[tuple[str, str], PlainValidator(_secret)], ...], LISTED] = Field(
        (), description="Where the secrets are: `{env: NAME}` or `{file: PATH}`. Any of them is accepted."
    )
    public_url: Annotated[str, PlainValidator(_public_url)] | None = Field(
        None, description="The address as the sender calls it, for those that sign it (HubSpot, Twilio)."
    )
    deliveries_per_second: Annotated[int, whole_number(1, 100_000)] = Field(
        1000, description="More in a second are answered 429, with the advice to come again in a second."
    )
    allowed_origins: Annotated[tuple[Annotated[str, PlainValidator(_origin)], ...], LISTED] = Field(
        (), description="Senders of CloudEvents that may ask to be allowed (`WebHook-Request-Origin`), or `*`."
    )
    topics: Annotated[tuple[Annotated[str, PlainValidator(_topic)], ...], LISTED] = Field(
        (), description="With `signature: sns`: the ARNs of the topics whose messages are taken."
    )

    @property
    def label(self) -> str:
        """Return its name."""
        return self.name or re.sub(r"[^a-z0-9]+", "-", self.path.strip("/").lower())


class SourcesPart(Part):
    """The whole file."""

    version: Annotated[int, whole_number(1, 1)] = Field(1, description="The version of this format.")
    sources: Annotated[tuple[SourcePart, ...], SOME] = Field(description="The senders.")


def example_text() -> str:
    """Return the annotated file that `deskpulse intake --example` prints."""
    return (resources.files("stream.intake") / "example.yaml").read_text("utf-8")


def demo_text() -> str:
    """Return the file of sources of `deskpulse demo --intake`: one that takes what `curl` posts."""
    return (resources.files("stream.intake") / "demo.yaml").read_text("utf-8")


def load_sources(path: Path, *, with_secrets: bool = True) -> tuple[Source, ...]:
    """Read a file of sources with their mappings; raises WrongSourcesError.

    with_secrets: False where the intake does not run, and where they need not be; the sources then have no keys.
    """
    try:
        text = read_text(path)
    except WrongYamlError as error:
        raise WrongSourcesError(str(error)) from error
    return parse(text, str(path), with_secrets=with_secrets)


def parse(
    text: str, name: str, environment: Mapping[str, str] | None = None, *, with_secrets: bool = True
) -> tuple[Source, ...]:
    """Read sources from YAML text; `name` stands before the line in errors, and its folder is where paths begin.

    environment: None for this process's. with_secrets: as of `load_sources`. Raises WrongSourcesError.
    """
    try:
        lines = read_yaml(text, name)
    except WrongYamlError as error:
        raise WrongSourcesError(str(error)) from error
    if not lines.has_keys:
        raise WrongSourcesError(f"{name}:1: accepts sources; `deskpulse intake --example` prints a file to begin with")
    part = shaped(lines, SourcesPart, WrongSourcesError)
    reader = _Reader(Path(name).parent, os.environ if environment is None else environment, with_secrets)
    sources = [reader.source(place, each) for place, each in enumerate(part.sources)]
    reader.problems += _repeated(part)
    if reader.problems or reader.wrong_mappings:
        listed = [lines.report(reader.problems)] if reader.problems else []
        raise WrongSourcesError("\n".join([*listed, *reader.wrong_mappings]))
    return tuple(source for source in sources if source is not None)


class _Reader:
    """Makes sources of parts and collects what is wrong."""

    def __init__(self, folder: Path, environment: Mapping[str, str], with_secrets: bool) -> None:
        self._folder = folder
        self._with_secrets = with_secrets
        self._environment = environment
        self.problems: list[tuple[Place, str]] = []
        self.wrong_mappings: list[str] = []

    def source(self, place: int, part: SourcePart) -> Source | None:
        at: Place = ("sources", place)
        recipe = self._recipe(at, part)
        keys = tuple(self._keys(at, part, recipe))
        if recipe.needs_secret and not part.secrets:
            self._report((*at, "secrets"), "is missing; accepts where the secret is: {env: NAME} or {file: PATH}")
        if not recipe.needs_secret and part.secrets:
            self._report((*at, "secrets"), f"signature: {recipe.check} has no secrets; accepts none of them with it")
        if (recipe.check == "sns") != bool(part.topics):
            self._report((*at, "topics"), "accepts ARNs of topics with signature: sns, and with that alone")
        if recipe.needs_url and part.public_url is None:
            self._report(
                (*at, "public_url"),
                "is missing, and this sender signs the address that it calls; accepts that address, such as "
                "https://intake.example.com/hubspot",
            )
        mapping = self._mapping(at, part)
        if mapping is None:
            return None
        return Source(
            name=part.label,
            path=part.path,
            mapping=mapping,
            recipe=recipe,
            keys=keys,
            public_url=part.public_url,
            deliveries_per_second=part.deliveries_per_second,
            allowed_origins=frozenset(part.allowed_origins),
            topics=frozenset(part.topics),
        )

    def _recipe(self, at: Place, part: SourcePart) -> RecipePart:
        if isinstance(part.signature, RecipePart):
            return part.signature
        name = part.signature or part.mapping
        if name not in bundled():
            self._report(
                (*at, "signature"),
                f"is missing, and no recipe is named as the mapping is; accepts {', '.join(bundled())}, or keys such "
                "as header and algorithm",
            )
            name = "none"
        return bundled()[name]

    def _mapping(self, at: Place, part: SourcePart) -> DeliveryMapping | None:
        named = part.mapping
        if named.endswith((".yaml", ".yml")) and not Path(named).is_absolute():
            named = str(self._folder / named)
        try:
            return load_mapping(named)
        except MappingError as error:
            if named.endswith((".yaml", ".yml")):
                self.wrong_mappings.append(str(error))
            else:
                self._report((*at, "mapping"), str(error).removeprefix("--mapping: "))
        return None

    def _keys(self, at: Place, part: SourcePart, recipe: RecipePart) -> Iterator[bytes]:
        for number, (kind, where) in enumerate(part.secrets):
            place = (*at, "secrets", number)
            if kind == "env" and where.upper().startswith(PREFIX):
                self._report(
                    place, f"got {where}; accepts a variable that does not begin with {PREFIX}, as settings do"
                )
                continue
            if not self._with_secrets:
                continue
            secret = self._from_environment(place, where) if kind == "env" else self._from_file(place, where)
            if secret is None:
                continue
            try:
                yield key_of(secret, recipe)
            except ValueError as error:
                self._report(place, f"the secret in {kind} {where} {error}")

    def _from_environment(self, place: Place, name: str) -> str | None:
        if secret := self._environment.get(name, "").strip():
            return secret
        self._report(place, f"the environment variable {name} is not set here, or empty; it has to hold the secret")
        return None

    def _from_file(self, place: Place, path: str) -> str | None:
        try:
            with (self._folder / path).open("rb") as file:
                content = file.read(_MOST_SECRET_BYTES + 1)
            secret = content.decode("utf-8-sig").strip()
        except OSError as error:
            self._report(place, f"the file {path} cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self._report(place, f"the file {path} is not UTF-8 text; it has to hold the secret")
        else:
            if 0 < len(content) <= _MOST_SECRET_BYTES and secret:
                return secret
            self._report(place, f"the file {path} has {'nothing' if not secret else 'too much'} in it; accepts a line")
        return None

    def _report(self, place: Place, message: str) -> None:
        self.problems.append((place, message))


def _repeated(part: SourcesPart) -> Iterator[tuple[Place, str]]:
    for key, values in (
        ("path", [source.path for source in part.sources]),
        ("name", [source.label for source in part.sources]),
    ):
        for place, value in enumerate(values):
            first = values.index(value)
            if first != place:
                yield ("sources", place, key), f"got {value!r}, as source {first + 1} has; accepts another one"
