"""Who may change a folder of Windows, by descriptors as Windows writes them."""

from __future__ import annotations

import pytest

from workflow_scheduler.system.write_access import has_rules, icacls_line, owner_of, replacers, writers

ADA = "S-1-5-21-1111111111-2222222222-3333333333-1001"
CLONE_UNDER_C = "O:BAG:DUD:AI(A;ID;FA;;;BA)(A;OICIIOID;GA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)(A;OICIIOID;SDGXGWGR;;;AU)"
ROOT_OF_C = "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;;FA;;;SY)(A;OICIIO;GA;;;SY)(A;OICIIO;GA;;;BA)(A;;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
PROGRAM_FILES = "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:PAI(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;CIIO;GA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)(A;OICIIO;GA;;;CO)(A;;0x1200a9;;;AC)(A;OICIIO;GXGR;;;AC)"
PROGRAM_DATA = (
    "O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)"
)
PROFILE = f"O:{ADA}G:{ADA}D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{ADA})"


@pytest.mark.parametrize(
    ("sddl", "who"),
    [
        pytest.param(CLONE_UNDER_C, ("AU",), id="a clone under C:\\"),
        pytest.param(PROGRAM_FILES, (), id="Program Files"),
        pytest.param(PROGRAM_DATA, ("BU",), id="ProgramData, where users may make files"),
        pytest.param(PROFILE, (ADA,), id="a profile"),
        pytest.param(
            "O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;FA;;;OW)", (), id="made by mkdir of Python 3.12.4"
        ),
        pytest.param("O:BAD:NO_ACCESS_CONTROL", ("WD",), id="no list at all"),
        pytest.param("O:BAG:SY", ("WD",), id="no list is said"),
        pytest.param("O:BAD:P", (), id="an empty list"),
        pytest.param("O:BAD:(A;OICIIO;GW;;;WD)(A;;FA;;;BA)", ("WD",), id="only what is made in it"),
        pytest.param("O:BAD:(D;;FA;;;AU)(A;;0x1301bf;;;AU)", (), id="denied before"),
        pytest.param("O:BAD:(A;;0x1301bf;;;AU)(D;;FA;;;AU)", ("AU",), id="denied after"),
        pytest.param("O:BAD:(D;;FA;;;WD)(A;;0x1301bf;;;AU)", (), id="denied to everyone"),
        pytest.param("O:BAD:(D;OICIIO;FA;;;AU)(A;;0x1301bf;;;AU)", ("AU",), id="denied for children only"),
        pytest.param("O:BAD:(D;;0x2;;;AU)(A;;0x1301bf;;;AU)", ("AU",), id="not all of it denied"),
        pytest.param('O:BAD:(XA;;FA;;;BU;(@User.Title == "PM"))(A;;FA;;;SY)', ("BU",), id="under a condition"),
        pytest.param("O:BAD:(A;;WD;;;IU)", ("IU",), id="may change the rights"),
        pytest.param("O:BAD:(A;;WO;;;IU)", ("IU",), id="may take it"),
        pytest.param("O:BAD:(A;;0x1200a9;;;WD)(A;;0x100;;;BU)(A;;0x10;;;BU)", (), id="reads, and sets attributes"),
        pytest.param("O:BAD:(A;;DT;;;BU)", ("BU",), id="deletes children"),
        pytest.param("O:BAD:(AU;SA;FA;;;WD)(A;;FA;;;BA)", (), id="an audit is no right"),
        pytest.param("O:WDG:WDD:(A;;FA;;;BA)", ("WD",), id="everyone owns it"),
    ],
)
def test_who_may_change_what_is_in_a_folder(sddl: str, who: tuple[str, ...]) -> None:
    assert writers(sddl) == who


@pytest.mark.parametrize(
    ("sddl", "who"),
    [
        pytest.param(ROOT_OF_C, (), id="C:\\, where users may make folders"),
        pytest.param(CLONE_UNDER_C, ("AU",), id="a folder under C:\\"),
        pytest.param(PROGRAM_DATA, (), id="ProgramData"),
        pytest.param("O:SYD:(A;;DT;;;BU)", ("BU",), id="may delete what lies in it"),
        pytest.param("O:SYD:(A;;SD;;;BU)", ("BU",), id="may rename it"),
    ],
)
def test_who_may_replace_a_folder_by_the_one_above(sddl: str, who: tuple[str, ...]) -> None:
    assert replacers(sddl) == who


def test_a_disk_without_rights_has_no_rules() -> None:
    assert not has_rules("O:BAD:NO_ACCESS_CONTROL")
    assert not has_rules("O:BAG:SY")
    assert has_rules("O:BAD:P")


def test_the_owner() -> None:
    assert owner_of(PROFILE) == ADA
    assert owner_of("O:WDD:(A;;FA;;;BA)") == "WD"
    assert owner_of("D:(A;;FA;;;BA)") is None


def test_the_command_that_closes_a_folder() -> None:
    line = icacls_line("C:\\my work\\", ADA, readers=False)
    assert line == (
        'icacls "C:\\my work" /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" '
        f'"*{ADA}:(OI)(CI)F"'
    )
    assert icacls_line("C:\\x", "BA", readers=True).endswith('"*S-1-5-32-544:(OI)(CI)F" "*S-1-5-32-545:(OI)(CI)RX"')
