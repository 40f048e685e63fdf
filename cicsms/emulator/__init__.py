"""The brokers and their phones, played: the door is ``build``, which makes the whole of it as a service."""

from cicsms.emulator.assembly import Emulator, build

__all__ = ["Emulator", "build"]
