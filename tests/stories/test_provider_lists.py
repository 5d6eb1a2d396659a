"""What the manuals say of trusted IP addresses, by the page on which staff set them for somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.acts import error_at
from tests.blueprints.admin.test_person import field, page_of
from tests.browser import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clock")
At = Callable[[str], Browser]


@pytest.fixture
def sam(cast: Cast, app: Flask) -> Browser:
    return Browser(app).log_in("sam")


@pytest.fixture
def olga(cast: Cast, browser: Browser) -> Browser:
    return browser.log_in("olga")


THREE_LINES = "10.10.10.1;\r\n192.168.192.0/24;\r\n192.168.192.0/255.255.255.0;\r\n"
NOTATIONS = {
    "single": ("10.10.10.1", "10.10.10.1", "10.10.10.2"),
    "prefix": ("192.168.192.0/24", "192.168.192.255", "192.168.193.0"),
    "netmask": ("192.168.192.0/255.255.255.0;", "192.168.192.0", "192.168.191.255"),
    "all three of the manual": (THREE_LINES, "192.168.192.7", "10.10.10.2"),
}


@pytest.mark.manual("C70", "C71", "C72", "C73", "C74", "C75", "C76", "R96", "R97")
@pytest.mark.parametrize("login", ["carl", "rita"])
@pytest.mark.parametrize(("typed", "inside", "outside"), NOTATIONS.values(), ids=NOTATIONS)
def test_the_providers_list_lets_in_its_networks_and_denies_the_rest(
    login: str, typed: str, inside: str, outside: str, cast: Cast, sam: Browser, browser_at: At
) -> None:
    sam.get(page_of(getattr(cast, login)))
    assert "Allow access only from trusted IP addresses" in sam.words
    assert "Everybody else is denied, even with the right password." in sam.words
    sam.submit("Save", provider_access="listed", provider_ips=typed)
    assert "Saved. Access only from IPs in the list." in sam.words
    assert browser_at(inside).log_in(login).is_logged_in
    denied = browser_at(outside).log_in(login)
    assert (denied.status, denied.h1) == (403, "Access from this IP denied")


@pytest.mark.manual("C75", "C76")
def test_a_bad_line_is_named_by_its_number_and_nothing_is_saved(cast: Cast, sam: Browser, browser_at: At) -> None:
    sam.get(page_of(cast.carl))
    typed = "10.10.10.1;\n\n192.168.192.0/0.0.0.255;"
    sam.submit("Save", provider_access="listed", provider_ips=typed)
    assert (sam.status, "Line 3" in error_at(sam, "provider_ips")) == (422, True), error_at(sam, "provider_ips")
    assert field(sam, "provider_ips").split() == typed.split()
    assert browser_at("198.51.100.9").log_in("carl").is_logged_in


@pytest.mark.manual("C76", "R98")
@pytest.mark.parametrize("login", ["carl", "rita"])
def test_rows_and_text_give_the_same_list(login: str, cast: Cast, sam: Browser) -> None:
    page = page_of(getattr(cast, login))
    sam.get(page)
    for address in ("10.10.10.1", "192.168.192.0/255.255.255.0", "172.16.0.1"):
        sam.submit("Add", address=address, provider_access="listed")
    sam.submit("Remove 172.16.0.1").submit("Save", provider_access="listed", provider_ips=field(sam, "provider_ips"))
    by_rows = field(sam.get(page), "provider_ips")
    sam.submit("Save", provider_access="listed", provider_ips=THREE_LINES)
    assert by_rows.split() == field(sam.get(page), "provider_ips").split() == ["10.10.10.1;", "192.168.192.0/24;"]


@pytest.mark.manual("D110")
def test_an_owner_limits_staff_and_nobody_limits_himself_there(
    cast: Cast, olga: Browser, browser_at: At, sam: Browser
) -> None:
    olga.get(page_of(cast.sam)).submit("Save", provider_access="listed", provider_ips="10.10.10.1")
    assert (olga.status, "This list would refuse Sam Stone" in olga.words) == (409, True)
    olga.submit("Save as it is")
    assert (sam.get("/admin/customers").status, sam.h1) == (403, "Access from this IP denied")
    assert browser_at("10.10.10.1").log_in("sam").path == "/admin/customers"
    assert not olga.get(page_of(cast.olga)).page.find(id="provider-ips-panel")
