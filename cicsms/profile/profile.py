"""A profile, compiled: one dialect of one broker as plain functions, the server's side and the broker's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from attrs import evolve

from cicsms.model.errors import Finding, Rejected, Severity
from cicsms.model.message import Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile import describe, fitting
from cicsms.profile.check import check
from cicsms.profile.grants import Grants
from cicsms.profile.node import Node
from cicsms.profile.polling import Polling
from cicsms.profile.submissions import Submissions
from cicsms.profile.templates import Scope, invent
from cicsms.profile.values import Capabilities, Facts, NotReadable, Option, Registration
from cicsms.profile.webhooks import MoHook, ReceiptHook

ERROR_KINDS: Mapping[str, Outcome] = {
    "auth": Outcome.AUTH_FAILED,
    "refused": Outcome.REFUSED,
    "throttled": Outcome.THROTTLED,
    "busy": Outcome.RETRY,
    "stopped": Outcome.STOPPED,
}


class Profile:
    """One dialect of one broker. Immutable after loading; every method is pure."""

    def __init__(self, broker: Node, node: Node, digest: str, options: Mapping[str, str] | None = None) -> None:
        self._source = (broker, node) if any(True for _ in fitting.named(node)) else None
        if self._source:
            node = fitting.fitted(node, {**fitting.defaults(broker, node), **(options or {})})
        self.broker = broker.get("name")
        self.name = f"{self.broker}/{node.get('name')}"
        self.title = f"{broker.get('title')}: {node.get('title')}"
        self.digest = digest
        self.options: Mapping[str, Option] = describe.options(broker, node)
        self.capabilities: Capabilities = describe.capabilities(node)
        ids = node.first("ids") or Node("ids")
        self.reference_form = ids.get("reference", "hex32")
        self._ids = {kind: ids.get(kind) or ids.get("mt") or "{uuid}" for kind in ("mt", "mo")}
        self._defaults = {f"option.{option.name}": option.default for option in self.options.values() if option.default}
        self._fills = tuple((option.fills, f"option.{option.name}") for option in self.options.values() if option.fills)
        mt, mo, receipt = node.first("mt"), node.first("mo"), node.first("receipt")
        self._mt = Submissions(mt, receipt) if mt else None
        self._mo = MoHook(mo) if mo else None
        self._receipt = ReceiptHook(receipt) if receipt else None
        self.rate = float(mt.get("rate", "0").partition("/")[0]) if mt else 0.0
        self.gateway = mt.get("gateway") if mt else ""
        self.fallbacks = tuple(mt.get("fallbacks").split()) if mt else ()
        polling = node.first("polling")
        self.polling = Polling(polling, polling.get("gateway") or self.gateway, self._defaults) if polling else None
        token = node.first("token")
        self.grants = Grants(token, self.gateway, self._defaults) if token else None
        self.mt_path = mt.get("path") if mt else ""
        self.mt_method = mt.get("method", "POST") if mt else ""
        self.mo_path = mo.get("path") if mo else ""
        self.receipt_path = receipt.get("path") if receipt else ""
        self.mo_methods: frozenset[str] = self._mo.methods if self._mo else frozenset()
        self.receipt_methods: frozenset[str] = self._receipt.methods if self._receipt else frozenset()
        self.receipt_suffixes = self._receipt.suffixes if self._receipt else ()
        self.shared = receipt is not None and receipt.get("shared") == "yes"
        self.receipt_key = receipt.get("key", "broker-id") if receipt else ""
        self.states: frozenset[State] = self._receipt.states.reportable if self._receipt else frozenset()

    def __repr__(self) -> str:
        return f"<Profile {self.name}>"

    def fitted(self, options: Mapping[str, str]) -> Profile:
        """Return the profile for an account: its own where the definition takes names from options, else this one.

        ``Rejected`` says which binding an option makes wrong.
        """
        if self._source is None:
            return self
        broker, node = self._source
        chosen = {**fitting.defaults(broker, node), **options}
        faults = [fault for fault in check(fitting.alone(broker, node, chosen)) if fault.severity is Severity.ERROR]
        if faults:
            raise Rejected([Finding("option", self.name, f"By its options: {fault.said}", fault.remedy) for fault in faults])
        return Profile(broker, node, self.digest, options)

    # What the server does.

    def verify_mo(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Raise ``Unverified`` unless the request proves to come from the broker, and of late where ``now`` is told."""
        self._mo_hook().verification.check(request, self._moment(registration, now), registration.mo_url)

    def verify_receipt(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Raise ``Unverified`` unless the request proves to come from the broker, and of late where ``now`` is told."""
        hook = self._receipt_hook()
        url = hook.at(registration.receipt_url, hook.word(request))
        hook.verification.check(request, self._moment(registration, now), url)

    def read_mo(self, request: HttpRequest) -> tuple[Mo, ...]:
        """Return the inbound messages of a request; ``NotReadable`` is the only error, whatever the octets."""
        return self._mo_hook().read(request)

    def mo_answer(self, outcome: str) -> HttpReply:
        """Return our answer to an MO: ``taken``, ``refused`` (it cannot be read) or ``busy`` (come again)."""
        return self._mo_hook().replies[outcome]

    def read_receipts(self, request: HttpRequest) -> tuple[Receipt, ...]:
        """Return the receipts of a request; ``NotReadable`` is the only error, whatever the octets."""
        return self._receipt_hook().read(request)

    def reports(self, request: HttpRequest) -> bool:
        """Tell whether a request to a path that messages and reports share is a report: what is neither is no report."""
        return not _holds(self.read_mo, request) and _holds(self.read_receipts, request)

    def receipt_answer(self, outcome: str) -> HttpReply:
        """Return our answer to a receipt: ``taken``, ``refused`` or ``busy``."""
        return self._receipt_hook().replies[outcome]

    def write_mt(self, mt: Mt, registration: Registration, now: datetime | None = None) -> HttpRequest:
        """Return the request that hands ``mt`` to the broker; ``now`` serves profiles that send an absolute expiry."""
        return self._submissions().write(mt, registration, self._scope(registration), self._fills, now)

    def read_answer(self, reply: HttpReply, mt: Mt) -> tuple[Answer, ...]:
        """Return what the broker said, an answer for each recipient; it never raises."""
        return self._submissions().answers.read(reply, mt)

    def missing(self, registration: Registration) -> tuple[str, ...]:
        """Return the names of required options that the registration leaves empty."""
        return tuple(
            option.name for option in self.options.values() if option.required and not registration.options.get(option.name)
        )

    def unkeyed(self, registration: Registration) -> bool:
        """Tell whether the key is missing without which every MO or receipt is refused as unverified."""
        scope = self._scope(registration)
        return any(hook.verification.unkeyed(scope) for hook in (self._mo, self._receipt) if hook)

    def unsigned(self, registration: Registration) -> bool:
        """Tell whether MOs or receipts are believed unsigned, though the broker signs where it is given a key."""
        scope = self._scope(registration)
        return any(hook.verification.unsigned(scope) for hook in (self._mo, self._receipt) if hook)

    # What the emulator does.

    def authentic(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> bool:
        """Tell whether an MT request carries the credentials of the registration; ``now`` tells which tokens are good."""
        tokens = self.grants.good(registration, now) if self.grants and now and not registration.token else ()
        accounts = [evolve(registration, token=token) for token in tokens] or [registration]
        return any(self._submissions().authentic(request, self._moment(account, now)) for account in accounts)

    def read_mt(self, request: HttpRequest, now: datetime | None = None) -> tuple[Mt, ...]:
        """Return the messages of an MT request; ``NotReadable`` is the only error, whatever the octets."""
        return self._submissions().read(request, now)

    def write_answer(self, answers: Sequence[Answer], mt: Mt, registration: Registration, facts: Facts) -> HttpReply:
        """Return the broker's reply that says ``answers`` (one for each recipient of ``mt``)."""
        return self._submissions().reply(answers, mt, self._facts(registration, facts))

    def error_reply(self, kind: str, registration: Registration, facts: Facts | None = None) -> HttpReply:
        """Return the broker's own refusal of kind ``auth``, ``refused``, ``throttled``, ``busy`` or ``stopped``."""
        scope = self._facts(registration, facts) if facts else self._scope(registration)
        return self._submissions().reply([Answer(ERROR_KINDS[kind])], None, scope)

    def write_mo(self, mo: Mo, registration: Registration, facts: Facts, method: str = "") -> HttpRequest:
        """Return the webhook, signed, that delivers ``mo``; ``method`` chooses where the broker offers several."""
        return self._mo_hook().write([mo], registration.mo_url, self._facts(registration, facts), method)

    def write_receipt(
        self, receipt: Receipt | Sequence[Receipt], mt: Mt | None, registration: Registration, facts: Facts, method: str = ""
    ) -> HttpRequest:
        """Return the webhook, signed, that reports on ``mt``; to the URL the MT carried, else to the registration's."""
        receipts = [receipt] if isinstance(receipt, Receipt) else list(receipt)
        url = (mt.callback if mt else "") or registration.receipt_url
        return self._receipt_hook().write_receipts(receipts, mt, url, self._facts(registration, facts), method)

    def new_id(self, random: Random, kind: str = "mt") -> str:
        """Return an invented id in the broker's form, for an ``mt`` or an ``mo``."""
        return invent(self._ids[kind], random)

    # The parts.

    def _scope(self, registration: Registration) -> dict[str, Any]:
        return {**self._defaults, **registration.scope}

    def _moment(self, registration: Registration, now: datetime | None) -> dict[str, Any]:
        scope = self._scope(registration)
        if now is not None:
            scope["now"] = now
        return scope

    def _facts(self, registration: Registration, facts: Facts) -> Scope:
        return {**self._scope(registration), "now": facts.now, "random": facts.random}

    def _mo_hook(self) -> MoHook:
        if self._mo is None:
            raise NotReadable(f"{self.name} has no inbound messages.")
        return self._mo

    def _receipt_hook(self) -> ReceiptHook:
        if self._receipt is None:
            raise NotReadable(f"{self.name} has no receipts.")
        return self._receipt

    def _submissions(self) -> Submissions:
        if self._mt is None:
            raise NotReadable(f"{self.name} takes no outbound messages.")
        return self._mt


def _holds(read: Callable[[HttpRequest], Sequence[object]], request: HttpRequest) -> bool:
    """Tell whether a reader finds anything in a request."""
    try:
        return bool(read(request))
    except NotReadable:
        return False
