"""The user data header of a concatenated part, as hex (3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8)."""

from __future__ import annotations

from cicsms.model.message import Concat


def write(concat: Concat) -> str:
    """Return the header of a part: with an 8-bit reference where it fits, else with a 16-bit one."""
    if concat.reference < 256:
        return f"050003{concat.reference:02X}{concat.count:02X}{concat.index:02X}"
    return f"060804{concat.reference:04X}{concat.count:02X}{concat.index:02X}"


def read(text: str) -> Concat:
    """Return the place of the part; ``ValueError`` where the header has no (sound) concatenation element."""
    octets = bytes.fromhex(text)
    if not octets or octets[0] != len(octets) - 1:
        raise ValueError("a user data header starts with its length")
    at = 1
    while at + 1 < len(octets):
        kind, length = octets[at], octets[at + 1]
        value = octets[at + 2 : at + 2 + length]
        if (kind, len(value)) in ((0x00, 3), (0x08, 4)) and 0 < value[-1] <= value[-2]:
            return Concat(int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + length
    raise ValueError("no concatenation element in the user data header")
