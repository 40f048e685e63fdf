"""The queue of one account: claims due parts, keeps a window of requests under way, settles what comes back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from attrs import evolve
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError
from cicsms.model.state import State
from cicsms.pipeline.door import Keeper
from cicsms.pipeline.sending import Sending, Sent
from cicsms.store.entries import ClaimParts, PartOutcome, QueuedPart, SettleParts
from cicsms.store.errors import NotKept, StoreBusy

NextDue = Callable[[str, str], Deferred[float | None]]

STORE_PAUSE = 1.0
"""Seconds between two tries to write to a store that is busy."""


class AccountQueue(Service):
    """Sends the queued parts of one account: at most ``window`` at once, one after the other to each recipient.

    What is claimed was committed as *sending* before it leaves, so a crash finds it. ``wake`` may be called at any time.
    ``next_due`` tells when the earliest waiting part of a (broker, account) is due, in seconds since the epoch.
    """

    log = Logger()

    def __init__(
        self, sending: Sending, journal: Keeper, next_due: NextDue, clock: IReactorTime, owner: str, window: int
    ) -> None:
        self._sending = sending
        self._journal = journal
        self._next_due = next_due
        self._clock = clock
        self._owner = owner
        self._window = window
        self._lanes: dict[str, deque[QueuedPart]] = {}
        self._claiming = False
        self._woken = False
        self._paused_until = 0.0
        self._timer: IDelayedCall | None = None
        self._drained: list[Deferred[None]] = []

    @property
    def under_way(self) -> int:
        """How many parts are claimed and not settled yet."""
        return sum(len(lane) for lane in self._lanes.values())

    def wake(self) -> None:
        """Look for due parts, now or as soon as that is allowed: a part became durable, or a place free."""
        if self._claiming:
            self._woken = True
            return
        free = self._window - self.under_way
        if not self.running or free <= 0 or self._must_wait():
            return
        self._claiming = True
        key = self._sending.line.key
        claim = self._journal.submit(ClaimParts(*key, limit=free, owner=self._owner))
        claim.addCallbacks(self._claimed, self._not_claimed, callbackArgs=(free,))

    def startService(self) -> None:
        """Take up what was left waiting."""
        super().startService()  # type: ignore[no-untyped-call]
        self._look()

    def stopService(self) -> Deferred[None]:
        """Claim nothing more; fires when what is under way is settled."""
        super().stopService()  # type: ignore[no-untyped-call]
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        done: Deferred[None] = Deferred()
        self._drained.append(done)
        self._told_when_drained()
        return done

    def _must_wait(self) -> bool:
        """Tell whether the account pauses; then a timer wakes it."""
        rest = self._paused_until - self._clock.seconds()
        if rest > 0:
            self._wake_in(rest)
        return rest > 0

    def _wake_in(self, seconds: float) -> None:
        """Wake up later; an earlier appointment stands."""
        if not self.running:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= self._clock.seconds() + seconds:
                return
            self._timer.cancel()
        self._timer = self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        """Look for due parts, and when the next ones are due: a timer remembers one time only."""
        self.wake()
        asked = self._next_due(*self._sending.line.key)
        asked.addCallbacks(self._appointed, self._not_told)

    def _appointed(self, due: float | None) -> None:
        """Come back when the earliest waiting part is due; what is due already waits for a free place."""
        if due is not None and due > self._clock.seconds():
            self._wake_in(due - self._clock.seconds())

    def _not_told(self, failure: Failure) -> None:
        """Ask again later where the store could not say what is due."""
        failure.trap(CicsmsError)
        self._wake_in(STORE_PAUSE)

    def _claimed(self, parts: tuple[QueuedPart, ...], asked: int) -> None:
        """Start what was claimed, each recipient's parts in their order."""
        self._claiming = False
        idle = dict.fromkeys(part.remote for part in parts if part.remote not in self._lanes)
        for part in parts:
            self._lanes.setdefault(part.remote, deque()).append(part)
        for recipient in idle:
            Deferred.fromCoroutine(self._work(recipient, self._lanes[recipient]))
        if self._woken or len(parts) == asked:
            self._woken = False
            self.wake()
        self._told_when_drained()

    def _not_claimed(self, failure: Failure) -> None:
        """Come again later where the store is busy."""
        failure.trap(StoreBusy)
        self._claiming = False
        self._wake_in(STORE_PAUSE)
        self._told_when_drained()

    async def _work(self, recipient: str, lane: deque[QueuedPart]) -> None:
        """Send the parts of one recipient one after the other."""
        while lane:
            sent = await self._try(lane[0])
            if due := _put_back_until(sent):
                sent = evolve(sent, settle=_with_followers(sent.settle, tuple(lane)[1:], due))
            await self._settle(sent)
            for _ in sent.settle.outcomes:
                lane.popleft()
            self._follow(sent)
        del self._lanes[recipient]
        self._told_when_drained()
        self.wake()

    async def _try(self, part: QueuedPart) -> Sent:
        """Send one part; this is the boundary where a fault of this program stays with one message."""
        try:
            return await self._sending.send(part)
        except Exception:  # noqa: BLE001  the boundary of a task: nothing may stop the queue or hide a part
            self.log.failure("part {part} of message {message}: sending failed inside", part=part.id, message=part.message)
            said = "A fault inside this server; whether the message left is not known. The log has the details."
            return Sent(SettleParts((PartOutcome(part.id, State.UNKNOWN, said=said),)))

    async def _settle(self, sent: Sent) -> None:
        """Note the outcome; a busy store is asked again until it takes it."""
        while True:
            try:
                await self._journal.submit(sent.settle)
            except StoreBusy as busy:
                self.log.warn("an outcome waits for the store: {why}", why=str(busy))
                await deferLater(self._clock, STORE_PAUSE)
            except NotKept:
                self.log.failure("an outcome can't be kept; its part will count as unknown")
                return
            else:
                return

    def _follow(self, sent: Sent) -> None:
        """Pause the account, or come back for a part that is to be tried again."""
        now = self._clock.seconds()
        if sent.pause:
            self._paused_until = max(self._paused_until, now + sent.pause)
            self.log.warn(
                "{broker}/{account} pauses for {seconds} s: {said}",
                broker=self._sending.line.broker,
                account=self._sending.line.account.id,
                seconds=round(sent.pause, 1),
                said=sent.settle.outcomes[0].said,
            )
        due = max((outcome.due for outcome in sent.settle.outcomes), default=0.0)
        if due:
            self._wake_in(max(due - now, 0.05))

    def _told_when_drained(self) -> None:
        """Tell who waits for the end that nothing is under way any more."""
        if self._claiming or self._lanes:
            return
        waiting, self._drained = self._drained, []
        for done in waiting:
            done.callback(None)


def _put_back_until(sent: Sent) -> float:
    """Return when a part that goes back into the queue is due again; 0 = it does not go back."""
    outcome = sent.settle.outcomes[0]
    return outcome.due if outcome.state is State.QUEUED else 0.0


def _with_followers(settle: SettleParts, followers: Sequence[QueuedPart], due: float) -> SettleParts:
    """Put the parts behind one that goes back into the queue back with it, so that none overtakes it."""
    back = tuple(PartOutcome(part.id, State.QUEUED, due=due) for part in followers)
    return evolve(settle, outcomes=settle.outcomes + back)
