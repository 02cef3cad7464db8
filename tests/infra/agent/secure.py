"""Certificates for a test's server, made by openssl."""

import shutil
import ssl
import subprocess
from pathlib import Path


def openssl(*arguments: str, folder: Path) -> str:
    """What the program openssl prints."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def authority(folder: Path) -> Path:
    """`folder` with an authority (ca.pem, hashed below authorities/), and certificates of a server at 127.0.0.1 and of
    one elsewhere."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", folder=folder)
    for name, subject in (("server", "IP:127.0.0.1"), ("other", "DNS:elsewhere.example")):
        openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=server", folder=folder)
        (folder / f"{name}.ext").write_text(f"subjectAltName={subject}\n")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", folder=folder)
    (folder / "authorities").mkdir()
    digest = openssl("x509", "-hash", "-noout", "-in", "ca.pem", folder=folder)
    shutil.copy(folder / "ca.pem", folder / "authorities" / f"{digest}.0")
    return folder


def serving(folder: Path, name: str) -> ssl.SSLContext:
    """The server side of TLS with the certificate `name` of an authority's folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context
