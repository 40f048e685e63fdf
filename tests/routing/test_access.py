"""Which of our numbers a sender may show."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.settings import Account, Configuration
from cicsms.routing.access import Access, NoSender, Who

ACCOUNT = Account.model_validate(
    {
        "id": "main",
        "local_addresses": [
            {"address": "1", "users": ["ann"]},
            {"address": "2", "workgroups": ["sales"]},
            {"address": "3"},
        ],
    }
)
ACCESS = Access.of(
    Configuration.model_validate(
        {"workgroups": [{"name": "sales"}], "users": [{"name": "ann"}, {"name": "bob", "workgroups": ["sales"]}]}
    )
)


class Senders(SynchronousTestCase):
    """The address shown."""

    def test_first_allowed(self) -> None:
        """Without a wish it is the account's first address that the sender may show."""
        shown = [ACCESS.sender(who, ACCOUNT) for who in (Who("ann"), Who("bob"), Who(workgroup="sales"), Who("eve"), Who())]
        self.assertEqual(shown, ["1", "2", "2", "3", "1"])

    def test_wanted(self) -> None:
        """A wish is granted where the address is the sender's, by user, by membership, or everybody's."""
        self.assertEqual([ACCESS.sender(Who("bob"), ACCOUNT, wish) for wish in ("2", "3")], ["2", "3"])

    def test_refused(self) -> None:
        """Another's address, or one the account does not have, is refused by name, for programs of the site as well."""
        for who, wish in ((Who("bob"), "1"), (Who("ann"), "2"), (Who("ann"), "4"), (Who(), "4")):
            self.assertIn(repr(wish), str(self.assertRaises(NoSender, ACCESS.sender, who, ACCOUNT, wish)))

    def test_none_left(self) -> None:
        """When every address is associated with others there is none to show."""
        account = Account.model_validate({"id": "a", "local_addresses": [{"address": "1", "users": ["ann"]}]})
        self.assertRaises(NoSender, ACCESS.sender, Who("bob"), account)

    def test_no_addresses(self) -> None:
        """An account without local addresses leaves the choice to the broker."""
        self.assertEqual(ACCESS.sender(Who("bob"), Account(id="a")), "")
