"""A mail server that keeps what it is sent: PORT FOLDER SECURITY [CERTIFICATE KEY USER PASSWORD].

Each message is a file of FOLDER. SECURITY is `none`, `starttls` or `tls`. Mail to a mailbox `gone` is refused for
good. It prints its port when it listens, and ends when its input does.
"""

import itertools
import pathlib
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, folder, security = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
options, context = {}, None
if security != "none":
    certificate, key, user, password = sys.argv[4:8]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        right = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=right, handled=right)

    options = {"authenticator": authenticate, "auth_required": True}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"auth_require_tls": False}

numbers = itertools.count()


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = folder / f"{next(numbers)}.eml"
        # Whoever looks finds whole messages.
        written = name.with_suffix(".part")
        written.write_bytes(b"X-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + envelope.content)
        written.rename(name)
        return "250 OK"


controller = Controller(
    Mailbox(),
    hostname="127.0.0.1",
    port=port,
    server_hostname="localhost",
    ssl_context=context if security == "tls" else None,
    **options,
)
# An address in use, if only for a moment, is no other's.
controller.start()
print(controller.server.sockets[0].getsockname()[1], flush=True)
sys.stdin.read()
controller.stop()
