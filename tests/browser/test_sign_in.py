"""Sign-in with something one has: a code of an authenticator app, a passkey of the device. No network, no mail."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time

from playwright.sync_api import Page, expect

from tests.live import PASSWORD


def code(secret: str) -> str:
    """The code of RFC 6238 that an authenticator app shows now (SHA-1, 30 s, six digits)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def confirm_password(page: Page) -> None:
    """What is asked before anything about sign-in may be changed."""
    if "reauthenticate" in page.url:
        page.fill("main input[type=password]", PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url(lambda url: "reauthenticate" not in url)


def sign_out(page: Page) -> None:
    page.click("details.me summary")
    page.get_by_role("button", name=re.compile("サインアウト|Sign out")).click()
    page.wait_for_url(re.compile("/accounts/login/"))


def test_an_authenticator_app_is_asked_for_after_the_password(live, page, signed_in, check_page):
    signed_in(page, "chosa")
    page.goto(live.url("/accounts/2fa/totp/activate/"))
    confirm_password(page)
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("main input[name=code]", code(secret))
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "activate" not in url)
    sign_out(page)
    page.fill("#id_login", "chosa")
    page.fill("#id_password", PASSWORD)
    page.click("form button.main")
    page.wait_for_url(re.compile("/2fa/authenticate/"))
    page.goto(live.url("/conflicts/"))
    expect(page).to_have_url(re.compile("/2fa/authenticate/"))  # the password alone opens nothing
    check_page(page, "second-step")
    page.fill("main input[name=code]", code(secret))
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    live.run("user", "password", "chosa")  # whoever tests after us signs in by password again
    live.python(
        "from allauth.mfa.models import Authenticator\nAuthenticator.objects.filter(user__username='chosa').delete()\n"
        f"from tomoshibi.journal.accounts import managing\nmanaging.set_password('chosa', {PASSWORD!r})"
    )


def test_a_passkey_of_the_device_is_enough(live, page, signed_in, check_page):
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    signed_in(page, "shonin")
    page.goto(live.url("/accounts/2fa/webauthn/add/"))
    confirm_password(page)
    check_page(page, "passkey-add")
    page.fill("main input[name=name]", "課の電話")
    page.check("main input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto(live.url("/accounts/2fa/webauthn/"))
    expect(page.locator("main")).to_contain_text("課の電話")
    check_page(page, "passkeys")
    page.goto(live.url("/conflicts/"))
    sign_out(page)
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto(live.url("/conflicts/"))
    expect(page.locator("details.me summary")).to_contain_text("副市長")
