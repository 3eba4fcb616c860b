"""A session that names no client finds its region, and another region's is worth nothing here."""

from pathlib import Path

from tests.behaviours.factors import TOTP, Authenticator, an_mfa_app
from tests.sdk.builders import result_of
from tests.sdk.support import Wire, holds
from tests.support.server import StartServer

REGIONS = ("eu-west-1", "us-east-1")


@holds("MFA-90")
def test_a_factor_is_set_up_in_the_region_of_its_pool(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(
        *("--data", str(tmp_path / "data")), *(f"--region={region}=" for region in REGIONS)
    )
    for region in REGIONS:
        wire = Wire(server.base_url, "111122223333")
        wire.region = region
        app = an_mfa_app(wire, "ON", TOTP)
        assert app.pool_id.startswith(region)
        name = app.user()
        told = wire.call("AssociateSoftwareToken", Session=app.password_step(name)["Session"])
        phone = Authenticator(told["SecretCode"])
        told = wire.call("VerifySoftwareToken", Session=told["Session"], UserCode=phone.code())
        assert result_of(app.respond("MFA_SETUP", told["Session"], USERNAME=name))
