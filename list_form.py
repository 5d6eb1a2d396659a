"""A list of addresses in a form of ours: what stands in it, and what becomes of it at Add, Remove and Save."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime

from werkzeug.datastructures import MultiDict

from domain import drafts, list_errors
from domain.drafts import Details, Draft
from domain.errors import Refusal
from domain.networks import Network, Remark
from domain.own_list import Way
from domain.trusted_ips import AddressList
from models import Access


@dataclass(frozen=True, slots=True)
class ListForm:
    """`access` and `ips` are the names of its fields; `here` is the visitor's address, where the list is his own."""

    form: MultiDict[str, str]
    stored: AddressList
    here: Network | None
    now: datetime
    access: str
    ips: str
    modes: tuple[Access, ...] = (Access.ANY, Access.LISTED)

    @property
    def version(self) -> int | None:
        return self.form.get("version", type=int)

    @property
    def way(self) -> Way | None:
        """On from a warning."""
        chosen = self.form.get("way", "")
        return Way(chosen) if chosen in set(Way) else None

    @property
    def begun(self) -> Draft:
        """The stored entries under the mode of the form, with what stands in its field for one more address."""
        address = self.form.get("address", "")
        draft = drafts.of_form(self.stored, self.here, self.now, self._mode, address, self.version)
        return replace(draft, access=self._mode)

    @property
    def _mode(self) -> Access:
        asked = self.form.get(self.access, "")
        return Access(asked) if asked in self.modes else self.modes[0]

    def edited(self) -> tuple[Draft, list[Remark]]:
        """What stands in the form. Without the field of the list (a long one is not sent with the panel) it stays."""
        if self.ips not in self.form:
            return self.begun, []
        return drafts.edited(self.stored, self.form[self.ips], self._details, self.begun)

    @property
    def _details(self) -> dict[str, Details]:
        """What was typed beside the entries: three fields that stand in parallel."""
        names = ("entry", "entry_note", "entry_expires")
        rows = zip(*(self.form.getlist(name) for name in names), strict=False)
        return {entry: Details(note.strip(), expires) for entry, note, expires in rows}

    def redrawn(self) -> tuple[Draft, list[Remark]]:
        """With one address more or less, or with fields beside each entry."""
        edited, remarks = self.edited()
        edited = replace(edited, details=True)
        if "remove" in self.form:
            return edited.without(self.form["remove"]), remarks
        if chosen := self.form.get("add"):
            typed = edited.address  # stays in its field, as another address was chosen
            edited, remarks = edited.adding(chosen)
            return replace(edited, address=typed), remarks
        return edited.adding(edited.address) if "add" in self.form else (edited, remarks)

    @property
    def means_save(self) -> bool:
        """Enter in the field of the proof presses the first button, which is Add."""
        typed = self.form.get("address", "").strip()
        return self.form.get("add") == "" and not typed and bool(self.form.get("proof"))

    def to_save(self) -> tuple[Draft, list[Remark]]:
        """With an address that was typed, and Save pressed instead of Add. Raises AccessMissing."""
        if self.form.get(self.access) not in self.modes:
            raise list_errors.AccessMissing
        edited, remarks = self.edited()
        if not edited.address:
            return edited, remarks
        edited, added = edited.adding(edited.address)
        return edited, remarks + added

    def refused(self, error: Refusal) -> Draft:
        """With everything that was typed, as far as it can be read."""
        details, text, draft = self._details, self.form.get(self.ips), self.begun
        with contextlib.suppress(Refusal):  # a wrong line in the text must not cost what stands beside the others
            draft, _ = drafts.edited(self.stored, "\n".join(details), details, draft) if details else (draft, [])
        draft = replace(draft, raw=text)
        with contextlib.suppress(Refusal):
            draft, _ = self.edited()
            if self.way is Way.ADD and self.here:  # another warning came after that was chosen
                draft, _ = draft.adding(str(self.here))
        if isinstance(error, list_errors.ListChanged):  # he is told; the next Save is his word
            draft = replace(draft, version=self.stored.version, unsaved=True)
        return draft
