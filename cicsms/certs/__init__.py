"""Certificate chains: made for development, judged before go-live."""

from cicsms.certs.judge import check
from cicsms.certs.verdict import CertFinding, Severity, Verdict

__all__ = ["CertFinding", "Severity", "Verdict", "check"]
