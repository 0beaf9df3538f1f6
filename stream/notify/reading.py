"""Reading `notify.yaml`: from YAML to receivers, or to a line for each thing that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from stream.core.windows import SECOND_US
from stream.notify.receiver import Only, Patience, Receiver
from stream.notify.secrets import Secret
from stream.notify.shape import NotifyPart, ReceiverPart, wrong_url
from stream.notify.signing import secret_key
from stream.policy_file.reading import shaped
from stream.yaml_lines import Place, WrongYamlError, YamlLines, read_text, read_yaml

T = TypeVar("T")


class WrongReceiversError(ValueError):
    """A file of receivers that cannot be used; the text has a line for each thing that is wrong."""


def load(path: Path) -> tuple[Receiver, ...]:
    """Read a file, with the secrets that it names. Raises WrongReceiversError."""
    return _Reading(*_shaped(path)).receivers()


def names_in(path: Path) -> tuple[str, ...]:
    """Return the names of a file's receivers, whose secrets need not be here. Raises WrongReceiversError."""
    _, part = _shaped(path)
    return tuple(dict.fromkeys(each.name for each in part.receivers))


def _shaped(path: Path) -> tuple[YamlLines, NotifyPart]:
    try:
        lines = read_yaml(read_text(path), str(path))
    except WrongYamlError as error:
        raise WrongReceiversError(str(error)) from error
    if not lines.has_keys:
        raise WrongReceiversError(f"{path}:1: accepts receivers; docs/notify.md has a file to begin with")
    return lines, shaped(lines, NotifyPart, WrongReceiversError)


class _Reading:
    def __init__(self, lines: YamlLines, part: NotifyPart) -> None:
        self._lines = lines
        self._part = part
        self._wrong: list[tuple[Place, str]] = []

    def receivers(self) -> tuple[Receiver, ...]:
        names = Counter(each.name for each in self._part.receivers)
        found = []
        for number, each in enumerate(self._part.receivers):
            place: Place = ("receivers", number)
            if names[each.name] > 1:
                self._wrong.append(((*place, "name"), f"got {each.name!r} twice; accepts another name for each"))
            self._wrong += _contradictions(place, each)
            found.append(self._receiver(place, each))
        if self._wrong:
            raise WrongReceiversError(self._lines.report(self._wrong))
        return tuple(found)

    def _receiver(self, place: Place, part: ReceiverPart) -> Receiver:
        url = part.url if isinstance(part.url, str) else self._read((*place, "url"), Secret.read, part.url, "")
        if url and (why := wrong_url(url, allow_http=part.allow_http)) is not None:
            self._wrong.append(((*place, "url"), why))
        keys = [
            self._read((*place, "secrets", number), _key, named, b"") for number, named in enumerate(part.secrets or ())
        ]
        headers = {
            name: self._read((*place, "headers", name), Secret.read, named, "") for name, named in part.headers.items()
        }
        return Receiver(
            name=part.name,
            url=url,
            format=part.format,
            keys=tuple(keys),
            headers=headers,
            only=Only(part.alerts, part.channels, part.priorities, part.queues),
            link=part.link,
            source=part.source,
            patience=Patience(part.timeout / SECOND_US, part.attempts, part.give_up_after / SECOND_US),
            at_once=part.at_once,
        )

    def _read(self, place: Place, read: Callable[[Secret], T], named: Secret, instead: T) -> T:
        try:
            return read(named)
        except ValueError as error:
            self._wrong.append((place, str(error)))
            return instead


def _key(named: Secret) -> bytes:
    return secret_key(named.read())


def _contradictions(place: Place, part: ReceiverPart) -> Iterator[tuple[Place, str]]:
    if part.format == "standard" and part.secrets is None:
        yield (*place, "secrets"), "is missing; format standard signs what it posts"
    if part.format == "slack" and part.secrets is not None:
        yield (*place, "secrets"), "are not used with format slack, whose address is its secret; leave them out"
    if part.link is not None and part.format != "slack":
        yield (*place, "link"), f"is not used with format {part.format}; leave it out"
