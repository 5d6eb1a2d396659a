"""The provider's side from several addresses, with the defect of the model, and with a server that dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from models import Event
from tests.e2e.acts import heading, log_in, panel, press
from tests.e2e.conftest import Windows
from tests.e2e.relay import Relay, RelayedServer
from tests.e2e.test_provider import carl_as, role_of, toast
from tests.processes import inside, serving

pytestmark = pytest.mark.e2e
OLD, NEW, ADMIN, ELSEWHERE = "127.0.0.5", "127.0.0.6", "127.0.0.9", "127.0.0.77"
DENIED = "Access from this IP denied"
BY_LIST = "Access to carl is limited to listed IP addresses, and yours is not one of them."
BY_BINDING = "This session was opened from another address. Log in again."


@pytest.fixture
def server(data_dir: Path) -> Iterator[RelayedServer]:
    """Its relay is the way of the customer."""
    server = RelayedServer(data_dir, OLD, POSTERN_SITE_NAME="Northgate Hosting")
    with closing(server.relay), serving(server):
        yield server


class Office(RelayedServer):
    """The same server, reached from another place."""

    def __init__(self, server: RelayedServer) -> None:
        self.relay = Relay(server.port, ADMIN)


@pytest.fixture
def office(server: RelayedServer) -> Iterator[Office]:
    office = Office(server)
    with closing(office.relay):
        yield office


@pytest.fixture
def desk(chromium: Browser, office: Office) -> Iterator[Page]:
    """The administrator's window."""
    with closing(Windows(chromium, office)) as windows:
        yield windows.open()


def bind(page: Page) -> None:
    page.get_by_role("switch", name="Bind session to IP").click()
    toast(page, "Bind session to IP is on.")


def restrict(page: Page) -> None:
    """To the address he has now."""
    lists = panel(page, "trusted-ips")
    page.get_by_label("Only from IPs in the list").check()
    lists.get_by_role("button", name=f"Add {OLD}", exact=True).click()
    expect(lists.get_by_role("listitem")).to_contain_text([OLD])
    lists.get_by_role("button", name="Save", exact=True).click()
    toast(page, "Saved. Access only from IPs in the list.")


def denied(page: Page, why: str) -> None:
    expect(heading(page)).to_have_text(DENIED)
    expect(page.locator("main")).to_contain_text(why)


@pytest.mark.manual("A1", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A14", "A18", "A19", "A20", "A21")
def test_the_defect_of_the_model_step_by_step(
    server: RelayedServer, windows: Windows, office: Office, desk: Page
) -> None:
    customer = windows.open()
    log_in(customer, "carl")
    restrict(customer)
    bind(customer)
    server.relay.move(NEW)  # 1: the same cookie
    customer.goto("/settings/security")
    denied(customer, BY_BINDING)
    server.relay.move(OLD)
    customer.goto("/settings/security")
    expect(heading(customer)).to_have_text("Security")
    server.relay.move(NEW)  # 2: a new log-in
    moved = windows.open()
    log_in(moved, "carl")
    denied(moved, BY_LIST)

    carl_as(desk)  # 3: the administrator enters all the same
    press(desk, "Log in as Carl Cole")
    expect(heading(desk)).to_have_text("Security")
    bar = desk.get_by_role("complementary", name="Logged in as somebody else")
    expect(bar).to_contain_text("You are logged in as Carl Cole (carl), recorded as sam.")
    desk.get_by_label("From any IP").check()  # 4
    panel(desk, "trusted-ips").get_by_role("button", name="Save", exact=True).click()
    toast(desk, "Saved. Access from any IP.")
    desk.get_by_role("switch", name="Bind session to IP").click()
    toast(desk, "Bind session to IP is off.")
    press(desk, "Return to sam")
    expect(heading(desk)).to_have_text("Carl Cole")
    press(moved, "Try again")  # 5
    expect(heading(moved)).to_have_text("Security")
    log_in(windows.open(), "carl")

    bind(moved)  # 6: binding alone locks nobody out
    server.relay.move(OLD)
    moved.goto("/settings/security")
    denied(moved, BY_BINDING)
    moved.get_by_role("link", name="Log in again").click()
    log_in(moved, "carl")
    expect(heading(moved)).to_have_text("Security")

    assert "not bound" in server.postern("recover", "unbind", "carl")  # 7: the terminal's way
    moved.reload()
    expect(moved.get_by_role("switch", name="Bind session to IP")).not_to_be_checked()

    desk.goto("/settings/security")  # 8: of the administrator, his own rules
    bind(desk)
    desk.goto("/admin/customers")
    press(desk, "Log in as Carl Cole")
    expect(bar).to_be_visible()
    office.relay.move(ELSEWHERE)
    desk.goto("/settings/security")
    denied(desk, BY_BINDING)
    expect(desk.locator("body")).not_to_contain_text("Carl")
    office.relay.move(ADMIN)
    desk.goto("/settings/security")
    expect(bar).to_be_visible()
    with inside(server.data_dir):
        changed = Event.get(Event.tag == "account:trusted_ips:changed", Event.actor == "sam")
        assert (changed.subject, changed.while_acting, changed.address) == ("carl", True, ADMIN)


@pytest.mark.manual("A5", "A19", "A20")
def test_one_click_each_lets_a_denied_customer_in(server: RelayedServer, windows: Windows, desk: Page) -> None:
    customer = windows.open()
    log_in(customer, "carl")
    restrict(customer)
    bind(customer)
    server.relay.move(NEW)
    customer = windows.open()
    log_in(customer, "carl")
    denied(customer, BY_LIST)
    log_in(desk, "sam")
    desk.get_by_role("link", name="Denied today").click()
    desk.get_by_role("link", name="Carl Cole").click()
    restore = desk.get_by_role("region", name="Restore access")
    expect(restore).to_contain_text(f"{NEW} was not in the person's own list.")
    restore.get_by_role("button", name=f"Allow {NEW}").click()
    toast(desk, "The address is allowed.")
    expect(restore.get_by_role("button", name=f"Allow {NEW}")).to_have_count(0)
    restore.get_by_role("button", name="Turn off").click()
    expect(desk.locator("#person-head")).not_to_contain_text("Session bound")
    press(customer, "Try again")
    expect(heading(customer)).to_have_text("Security")


def test_a_server_that_dies_meanwhile_is_said_and_tried_again(server: RelayedServer, windows: Windows) -> None:
    page = windows.open()
    log_in(page, "sam")
    role, save = (
        page.get_by_label("Role of Carl Cole", exact=True),
        page.get_by_role("button", name="Save the role of Carl Cole"),
    )
    role.select_option("Billing only")
    dies_and_comes_back(page, server, windows, save)
    toast(page, "Carl Cole: role is now Billing only.")
    assert role_of(server, "carl") == "Billing only"
    page.get_by_role("link", name="Carl Cole").click()
    dies_and_comes_back(page, server, windows, page.get_by_role("button", name="Set new password"))
    expect(page.locator("#rescue-secret")).to_be_visible()


def dies_and_comes_back(page: Page, server: RelayedServer, windows: Windows, button: Locator) -> None:
    server.kill()
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved. The server did not answer.")
    assert all("ERR_" in line or "Failed to fetch" in line for line in windows.complaints), windows.complaints
    windows.complaints.clear()
    server.begin().ready()
    press(page, "Try again")
    expect(page.get_by_text("Not saved. The server did not answer.")).to_have_count(0)
