"""Which licence the head of the card names: an identifier of the Hub's list, several, or `other` with its name.

The list is the one of https://huggingface.co/docs/hub/repositories-licenses, as far as SPDX knows the licence. It names
licences of one text; "this version or any later" is another licence than "this version only" and is named by its
SPDX id and address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from corpus.write.statistics import UNKNOWN

__all__ = ["hub_license", "spdx_address"]

_SAME: Final = """
    AFL-3.0 AGPL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 CC-BY-2.0
    CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0
    CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0
    CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 etalab-2.0
    GPL-2.0 GPL-3.0 ISC LGPL-2.1 LGPL-3.0 LPPL-1.3c MIT MPL-2.0 MS-PL NCSA OFL-1.1 OSL-3.0 PostgreSQL
    Unlicense WTFPL Zlib
"""  # SPDX ids that the Hub knows by the same id in small letters
_OTHERWISE: Final = {
    "AGPL-3.0-only": "agpl-3.0",
    "C-UDA-1.0": "c-uda",
    "GPL-2.0-only": "gpl-2.0",
    "GPL-3.0-only": "gpl-3.0",
    "LGPL-2.1-only": "lgpl-2.1",
    "LGPL-3.0-only": "lgpl-3.0",
    "LGPLLR": "lgpl-lr",
    "ODC-By-1.0": "odc-by",
    "ODbL-1.0": "odbl",
    "PDDL-1.0": "pddl",
}
_HUB: Final[Mapping[str, str]] = {name.lower(): name.lower() for name in _SAME.split()} | {
    name.lower(): identifier for name, identifier in _OTHERWISE.items()
}


def hub_license(counts: Mapping[str, int]) -> dict[str, Any]:
    """The keys of the card's head that name the licence.

    Args:
        counts: SPDX expression to number of rows; `unknown` where nobody says.

    Returns:
        `license`: one identifier, or a list where rows have several and all are on the Hub's list; `unknown` where
        no row has one; else `other` with `license_name`, and `license_link` where that is a single SPDX id.
    """
    found = sorted(name for name, rows in counts.items() if rows)
    if not found or found == [UNKNOWN]:
        return {"license": UNKNOWN}
    identifiers = sorted({_HUB.get(name.lower(), "other") for name in found})
    if "other" not in identifiers:
        return {"license": identifiers[0] if len(identifiers) == 1 else identifiers}
    if len(found) > 1:
        return {"license": "other", "license_name": "several-see-the-card"}
    address = spdx_address(found[0])
    if address is None:
        return {"license": "other", "license_name": "see-the-card"}
    return {"license": "other", "license_name": found[0].lower(), "license_link": address}


def spdx_address(expression: str) -> str | None:
    """The page of a licence at spdx.org; None where the expression is not a single id of their list."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        known = str(canonicalize_license_expression(expression))
    except (InvalidLicenseExpression, ValueError):
        return None
    if known.startswith("LicenseRef-") or known.split() != [known] or known.endswith("+") or "(" in known:
        return None
    return f"https://spdx.org/licenses/{known}.html"
