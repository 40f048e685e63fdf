"""No form of a secret outlives the masking."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import basic_credentials
from cicsms.pipeline.mask import BLOT, masker


class MaskTests(SynchronousTestCase):
    """Secrets in exchanges."""

    @given(st.text(min_size=4, max_size=30, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="*")))
    def test_every_form_goes(self, secret: str) -> None:
        """Raw, percent-encoded and base64 forms of any secret are gone from a body that carries them all."""
        forms = [secret.encode(), quote(secret, safe="").encode(), quote_plus(secret).encode(), b64encode(secret.encode())]
        masked = masker([secret])(b"\x00".join(forms))
        for form in forms:
            self.assertNotIn(form, masked)

    def test_basic_token(self) -> None:
        """The token of a Basic header is blotted out, the scheme stays readable."""
        self.assertEqual(masker([], [("AC1", "hush")])(basic_credentials("AC1", "hush")), b"Basic " + BLOT)

    def test_leaves_the_rest(self) -> None:
        """What is no secret is unchanged, and a value under four characters is not blotted out."""
        self.assertEqual(masker(["ab", ""])(b"abc"), b"abc")
        self.assertEqual(masker(["hush"])(b"text=hus+h"), b"text=hus+h")
