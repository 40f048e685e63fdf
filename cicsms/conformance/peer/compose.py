"""Messages of a broker, composed for a case: fresh numbers and ids, written by the profile as the broker would write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from attrs import evolve, frozen

from cicsms.conformance.peer.serialise import FORM
from cicsms.conformance.target import AccountTarget, BrokerTarget
from cicsms.model.message import Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.profile import Profile
from cicsms.profile.values import Facts, Registration


def registration(broker: BrokerTarget, account: AccountTarget) -> Registration:
    """Return what the profile needs to know of an account of the target."""
    return Registration(
        account=account.id,
        login=account.login,
        password=account.password.get_secret_value(),
        options={name: value.get_secret_value() for name, value in account.options.items()},
        gateway=broker.gateway,
        mt_path=broker.mt_path or None,
        mo_url=broker.mo_url,
        receipt_url=broker.receipt_url,
        local=account.local,
    )


def fitted(profile: Profile, broker: BrokerTarget) -> Profile:
    """Return a profile as the accounts of an entry speak it: some take their names from options."""
    return profile.fitted(registration(broker, broker.accounts[0]).options)


Secret = Callable[[str], str]


def kept(secret: str) -> str:
    """Leave a secret as it is."""
    return secret


def wrong(secret: str) -> str:
    """Change the last character of a secret."""
    return secret[:-1] + ("x" if not secret.endswith("x") else "y")


def blank(secret: str) -> str:
    """Leave a secret out."""
    return ""


@frozen
class Credential:
    """Where a request carries its proof: in these headers (lower case), or in its target or body."""

    headers: frozenset[bytes]
    inside: bool

    @property
    def absent(self) -> bool:
        """Whether the broker proves nothing at all."""
        return not self.headers and not self.inside


@frozen
class Composer:
    """Writes the broker's side of one entry. ``random`` is fresh in every run, so that no id is ever met twice."""

    profile: Profile
    broker: BrokerTarget
    random: Random
    now: datetime

    @property
    def account(self) -> AccountTarget:
        """The first account."""
        return self.broker.accounts[0]

    def remote(self) -> str:
        """Return the number of a handset that nobody used before: of so many that thousands of cases do not meet."""
        return f"+1{self.random.randint(2_000_000_000, 9_999_999_999)}"

    def token(self) -> str:
        """Return a word that is nowhere else."""
        return f"{self.random.getrandbits(48):012x}"

    def mo(self, text: str, *, remote: str = "", account: AccountTarget | None = None, local: str | None = None) -> Mo:
        """Make an inbound message with an id of its own."""
        return Mo(
            remote=remote or self.remote(),
            local=(account or self.account).local if local is None else local,
            text=text,
            broker_id=self.profile.new_id(self.random, "mo"),
            date=self.now,
        )

    def write(
        self, mo: Mo, account: AccountTarget | None = None, *, secret: Secret = kept, seed: int | None = None
    ) -> HttpRequest:
        """Write the message as the broker sends it; ``secret`` changes what proves that it was the broker."""
        known = self._with(registration(self.broker, account or self.account), secret)
        return self.profile.write_mo(mo, known, self._facts(seed))

    def credential(self) -> Credential:
        """Find where the proof is, by writing one message under two secrets and comparing."""
        if not self.profile.mo_methods:
            return Credential(frozenset(), inside=False)
        mo = self.mo("credential")
        right, other = self.write(mo, seed=1), self.write(mo, secret=wrong, seed=1)
        names = {name.lower() for name, value in right.headers if (name, value) not in other.headers}
        return Credential(frozenset(names), right.target != other.target or right.body != other.body)

    def signed(self) -> bool:
        """Tell whether the text shows in more than its own place: such requests can't be rewritten at will."""
        if not self.profile.mo_methods:
            return False
        mo = self.mo("one")
        first, second = (self.write(each, seed=1) for each in (mo, evolve(mo, text="two")))
        return first.headers != second.headers or len(_pairs(first) - _pairs(second)) > 1

    def covers_text(self) -> bool:
        """Tell whether what changes with the secret changes with the text, too, and is not the text's own place."""
        word = b"QONEQ"
        mo = self.mo(word.decode())
        base, text, secret = (
            _facts_of(one)
            for one in (
                self.write(mo, seed=1),
                self.write(evolve(mo, text="two"), seed=1),
                self.write(mo, secret=wrong, seed=1),
            )
        )
        proofs = {name: value for name, value in base.items() if secret.get(name) != value and word not in value}
        return any(text.get(name) != value for name, value in proofs.items())

    def covers_url(self, change: str = "/x") -> bool:
        """Tell whether the proof depends on the URL that is called."""
        if not self.profile.mo_methods:
            return False
        other = evolve(self, broker=self.broker.model_copy(update={"mo_url": self.broker.mo_url + change}))
        mo = self.mo("one")
        first, second = self.write(mo, seed=1), other.write(mo, seed=1)
        return first.headers != second.headers or first.body != second.body

    def receipt(self, receipt: Receipt, mt: Mt) -> HttpRequest:
        """Write a delivery report."""
        return self.profile.write_receipt(receipt, mt, registration(self.broker, self.account), self._facts())

    def accepted(self, mt: Mt, broker_id: str) -> HttpReply:
        """Write the broker's answer that takes ``mt`` under ``broker_id``."""
        answer = Answer(Outcome.ACCEPTED, broker_id=broker_id, recipient=mt.recipient, parts=1)
        return self.profile.write_answer((answer,), mt, registration(self.broker, self.account), self._facts())

    def report(self, state: State, status: str = "", **facts: str) -> Receipt:
        """Make a receipt of ``state``; its word is the broker's own where the profile maps one."""
        return Receipt(state=state, status=status, date=self.now, final=state.final, **facts)

    def _with(self, known: Registration, secret: Secret) -> Registration:
        """Change the password and every option that is a secret: which of them proves it, the profile alone knows."""
        hidden = {option.name for option in self.profile.options.values() if option.secret}
        options = {name: secret(value) if name in hidden else value for name, value in known.options.items()}
        return evolve(known, password=secret(known.password), options=options)

    def _facts(self, seed: int | None = None) -> Facts:
        chosen = self.random.getrandbits(32) if seed is None else seed
        return Facts(now=self.now, random=Random(chosen))  # noqa: S311  ids, not secrets


def _facts_of(request: HttpRequest) -> dict[bytes, bytes]:
    """Return headers and parameters by name; a body that is no form holds no proof of its own."""
    found = {name.lower(): value for name, value in request.headers}
    return found | {pair.partition(b"=")[0]: pair.partition(b"=")[2] for pair in _pairs(request)}


def _pairs(request: HttpRequest) -> set[bytes]:
    """Return the parameters of a form or query; any other body counts as one."""
    form = request.body if (request.header(b"content-type") or b"").startswith(FORM) else b""
    return set(form.split(b"&")) | set(request.query.split(b"&"))


def raw_reply(reply: HttpReply) -> bytes:
    """Write a reply as bytes, for a scripted answer."""
    head = [b"HTTP/1.1 %d Scripted" % reply.status, *(name + b": " + value for name, value in reply.headers)]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(reply.body)]) + b"\r\n\r\n" + reply.body
