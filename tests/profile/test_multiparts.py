"""Forms by other means: multipart/form-data and flat JSON read as an URL-encoded form is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.profile import multiparts
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire

BODY = (
    b'preamble\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none & two\r\n'
    b"--b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=b\r\n\r\nh\xc3\xa9\r\n\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nlater\r\n--b\r\nbroken\r\n--b--\r\n'
)


def texts(fields: dict[bytes, bytes]) -> dict[str, str]:
    """Return the fields as text."""
    return {name.decode(): value.decode() for name, value in fields.items()}


class MultipartTests(SynchronousTestCase):
    """RFC 7578."""

    def test_fields(self) -> None:
        """Names quoted or not, values with line ends, first of repeated; preamble, epilogue and rubble are passed over."""
        wanted = {"a": "one & two", "b": "hé\r\n\r\n"}
        self.assertEqual(texts(multiparts.split(BODY, b"multipart/form-data; boundary=b")), wanted)
        self.assertEqual(texts(multiparts.split(BODY, b'multipart/form-data; charset=utf-8; boundary="b"')), wanted)
        self.assertEqual(multiparts.split(BODY, b"multipart/form-data"), {})

    @given(
        st.dictionaries(st.text("abc_", min_size=1, max_size=5), st.text(st.characters(codec="ascii"), max_size=20), max_size=4)
    )
    def test_many(self, fields: dict[str, str]) -> None:
        """What an outside writer puts into parts comes out, whatever its characters."""
        pieces = [
            f'--xYzZy\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        ]
        body = ("".join(pieces) + "--xYzZy--\r\n").encode()
        self.assertEqual(texts(multiparts.split(body, b"multipart/form-data; boundary=xYzZy")), fields)

    @given(st.binary(max_size=80))
    def test_octets(self, octets: bytes) -> None:
        """Any octets give fields, possibly none."""
        multiparts.split(octets.replace(b"x", b"\r\n--b"), b"multipart/form-data; boundary=b")


class OtherFormTests(SynchronousTestCase):
    """Which reader a form gets."""

    def test_by_type(self) -> None:
        """The type decides; without it, the body is an URL-encoded form whatever it looks like."""
        json = b'{"a":1,"b":"x y","c":null,"d":[1],"e":true}'
        request = HttpRequest("POST", b"/", ((b"Content-Type", b"application/json"),), json)
        self.assertEqual(texts(Wire(request).fields), {"a": "1", "b": "x y", "e": "true"})
        self.assertEqual(list(Wire(HttpRequest("POST", b"/", (), json)).fields), [json])
        kind = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
        self.assertEqual(texts(Wire(HttpRequest("POST", b"/", kind, BODY[10:])).fields)["a"], "one & two")

    def test_bad_json(self) -> None:
        """JSON that is none is not readable; an array has no fields."""
        kind = ((b"Content-Type", b"application/json"),)
        self.assertRaises(NotReadable, lambda: Wire(HttpRequest("POST", b"/", kind, b"{")).fields)
