"""OAuth 1.0a, by the examples of the standard."""

from poolkeep.crypto.oauth1 import OAuth1Keys, header

KEYS = OAuth1Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")


def test_a_signature_is_that_of_the_standard() -> None:
    # RFC 5849, section 1.2
    told = header(
        "GET",
        "http://photos.example.net/photos",
        KEYS,
        nonce="chapoH",
        timestamp_s=137131202,
        query={"file": "vacation.jpg", "size": "original"},
        version=None,
    )
    assert 'oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"' in told
    assert told.startswith('OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_nonce="chapoH"')


def test_a_url_is_signed_without_a_default_port_and_in_lower_case() -> None:
    def signed(url: str) -> str:
        return header("GET", url, KEYS, nonce="n", timestamp_s=1, query={})

    assert signed("https://API.example.com:443/x") == signed("https://api.example.com/x")
    assert signed("https://api.example.com:444/x") != signed("https://api.example.com/x")


def test_secrets_are_not_shown() -> None:
    assert "kd94hf93k423kf44" not in repr(KEYS)
    assert "pfkkdhi9sl3r4s00" not in repr(KEYS)
