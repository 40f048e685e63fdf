"""Who may dial what, and which of our numbers a user or workgroup may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.settings import Account, Configuration, LocalAddress


class NoAccess(CicsmsError):
    """The sender lacks the phone number classification a route asks for."""


class NoSender(CicsmsError):
    """The sender may not show the address asked for, or no address at all."""


@frozen
class Who:
    """On whose behalf a message is sent; both empty = a program of the site, which no access rule holds back."""

    user: str = ""
    workgroup: str = ""

    @property
    def anyone(self) -> bool:
        """Whether access rules apply at all."""
        return bool(self.user or self.workgroup)

    def __str__(self) -> str:
        """Name the sender in a sentence."""
        names = [f"user {self.user!r}"] if self.user else []
        names += [f"workgroup {self.workgroup!r}"] if self.workgroup else []
        return " in ".join(names) or "the site"


@frozen
class Access:
    """The classifications and memberships of one configuration."""

    _users: Mapping[str, frozenset[str]] = field(repr=False)
    _members: Mapping[str, frozenset[str]] = field(repr=False)
    _workgroups: Mapping[str, frozenset[str]] = field(repr=False)

    @classmethod
    def of(cls, configuration: Configuration) -> Access:
        """Gather what every user (own and by workgroup) and every workgroup may dial."""
        workgroups = {group.name: frozenset(group.classifications) for group in configuration.workgroups}
        members = {user.name: frozenset(user.workgroups) for user in configuration.users}
        users = {
            user.name: frozenset(user.classifications).union(*(workgroups.get(name, frozenset()) for name in user.workgroups))
            for user in configuration.users
        }
        return cls(users, members, workgroups)

    def classifications(self, who: Who) -> frozenset[str]:
        """Return the classifications of the sender: the user's, those of the user's workgroups, and the named workgroup's."""
        return self._users.get(who.user, frozenset()) | self._workgroups.get(who.workgroup, frozenset())

    def permit(self, who: Who, required: Sequence[str]) -> None:
        """Let a sender pass who has one of ``required``, else raise ``NoAccess``; where none is required, none passes."""
        if not who.anyone or not self.classifications(who).isdisjoint(required):
            return
        if not required:
            raise NoAccess(f"The route names no phone number classification, so {who} may not use it; add one to the route.")
        missing = " or ".join(repr(name) for name in required)
        raise NoAccess(f"The phone number classification {missing} is missing: {who} may not send to this number.")

    def may_show(self, who: Who, address: LocalAddress) -> bool:
        """Tell whether the sender may show this address; one that is associated with nobody is everybody's."""
        if not who.anyone or not (address.users or address.workgroups):
            return True
        groups = self._members.get(who.user, frozenset()) | {who.workgroup}
        return who.user in address.users or not groups.isdisjoint(address.workgroups)

    def sender(self, who: Who, account: Account, wanted: str = "") -> str:
        """Return the local address to show: the one wanted, else the account's first that the sender may show.

        Empty where the account has no local addresses and none is wanted: the broker then chooses. A wanted address
        that the account does not list is nobody's to show.
        """
        if wanted:
            found = next((own for own in account.local_addresses if own.address == wanted), None)
            if found is None or not self.may_show(who, found):
                raise NoSender(f"The address {wanted!r} is not one that {who} may show on account {account.id!r}.")
            return wanted
        if not account.local_addresses:
            return ""
        for own in account.local_addresses:
            if self.may_show(who, own):
                return own.address
        raise NoSender(f"No local address of account {account.id!r} is associated with {who}.")
