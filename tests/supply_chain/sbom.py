"""Writes what the collection needs at run time as a CycloneDX document (SBOM), beside the artifact that was built."""

from __future__ import annotations

import argparse
import hashlib
import sys
import uuid
from pathlib import Path

import yaml
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from ..support.checkout import ROOT
from .licenses import expression
from .runtime import Missing, named, packages

NAMESPACE = uuid.UUID("5b0ad0a6-6d57-5d8b-8d6c-3f6b0a3c1c55")


def document(artifact: bytes | None = None) -> str:
    """The SBOM as JSON, with the hash of the artifact where there is one. Raises Missing."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    name, version = f"{galaxy['namespace']}.{galaxy['name']}", str(galaxy["version"])
    licenses = LicenseFactory()
    root = Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}@{version}",
        description=galaxy["description"],
        licenses=[licenses.make_from_string(galaxy["license"][0])],
    )
    if artifact is not None:
        root.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(artifact).hexdigest()))
    found = packages()
    components = {}
    for package in found.values():
        purl = PackageURL("pypi", None, package.name, package.version)
        text = expression(package.found.metadata)
        components[package.name] = Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            bom_ref=str(purl),
            purl=purl,
            licenses=[licenses.make_from_string(text)] if text else [],
        )
    bom = Bom(components=components.values(), serial_number=uuid.uuid5(NAMESPACE, f"{name} {version}"))
    bom.metadata.component = root
    bom.register_dependency(root, [components[one] for one in named()])
    for package in found.values():
        bom.register_dependency(components[package.name], [components[one] for one in package.needs])
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise AssertionError(f"the SBOM does not fit the schema of CycloneDX 1.6: {wrong}")
    return text


def main() -> int:
    """0 when it was written; prints where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the artifact lies and the SBOM goes")
    folder = parser.parse_args().folder
    artifacts = sorted(folder.glob("windefend-maps-*.tar.gz"))
    if len(artifacts) != 1:
        sys.exit(f"{folder} holds {len(artifacts)} artifacts; make package builds one")
    path = artifacts[0].with_name(artifacts[0].name.removesuffix(".tar.gz") + ".cdx.json")
    try:
        path.write_text(document(artifacts[0].read_bytes()), encoding="utf-8")
    except Missing as error:
        sys.exit(str(error))
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
