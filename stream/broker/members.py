"""Members of the group that are dead: have them leave, so that the group need not wait for their sessions."""

from __future__ import annotations

from collections.abc import Collection

from aiokafka.errors import KafkaError, UnknownMemberIdError, for_code
from aiokafka.protocol.group import LeaveGroupRequest

from stream.broker.connection import admin
from stream.broker.errors import BrokerUnavailable
from stream.settings import Settings


async def leave(settings: Settings, client_ids: Collection[str]) -> list[str]:
    """Have the members with these client ids leave the group; returns the ids of those that left.

    A member that is alive after all has to join again. The embedded broker tells no client ids, so there no member is
    made to leave: its groups never settle again when members leave while others join.
    Raises BrokerUnavailable.
    """
    left = []
    async with admin(settings) as client:
        try:
            coordinator = await client.find_coordinator(settings.app_id)
            [answer] = await client.describe_consumer_groups([settings.app_id], group_coordinator_id=coordinator)
            for member, client_id, *_ in answer.groups[0][5]:
                if client_id in client_ids:
                    request = LeaveGroupRequest(settings.app_id, member)
                    # The client has no public way to send this; its own consumers send it as they stop.
                    code = (await client._send_request(request, coordinator)).error_code
                    if code and for_code(code) is not UnknownMemberIdError:
                        raise for_code(code)(member)
                    if not code:
                        left.append(member)
        except KafkaError as error:
            raise BrokerUnavailable(f"the group {settings.app_id} lets no member go: {error}") from error
    return left
