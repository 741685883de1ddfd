"""A mail server for tests (aiosmtpd). It stores every mail in a folder, and the recipient's name chooses its behaviour.

    smtp.py FOLDER [--tls starttls|implicit --cert PEM --key PEM] [--login USER:PASSWORD]

Prints its port. A mail is kept as N.eml, its envelope as N.to. Before the @ of a recipient:
later (450), gone (550), closing (421), full (452 after the mail), refused (554 after the mail), held (kept, but
answered only once FOLDER/go is there), cut (kept, but the connection ends without an answer).
"""

import argparse
import asyncio
import logging
import pathlib
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

RCPT = {
    "later": "450 4.2.0 greylisted, come back",
    "gone": "550 5.1.1 no such user",
    "closing": "421 4.3.2 closing down",
}
DATA = {"full": "452 4.2.2 mailbox full", "refused": "554 5.7.1 content refused"}


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = RCPT.get(address.split("@")[0])
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        wishes = [address.split("@")[0] for address in envelope.rcpt_tos]
        for wish in wishes:
            if wish in DATA:
                return DATA[wish]
        self.count += 1
        (self.folder / f"{self.count}.to").write_text(f"{envelope.mail_from} {' '.join(envelope.rcpt_tos)}")
        part = self.folder / f"{self.count}.part"
        part.write_bytes(envelope.content)
        part.rename(self.folder / f"{self.count}.eml")
        if "cut" in wishes:
            server.transport.close()
            return None
        while "held" in wishes and not (self.folder / "go").exists():
            await asyncio.sleep(0.01)
        return "250 kept"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--login")
    args = parser.parse_args()
    context = None
    if args.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(args.cert, args.key)
    starttls = args.tls == "starttls"

    def authenticate(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == args.login, handled=False)

    keeper = Keeper(args.folder)

    def session():
        return SMTP(
            keeper,
            hostname="mail.test",
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=authenticate if args.login else None,
            auth_required=bool(args.login),
            auth_require_tls=starttls,
        )

    async def serve():
        implicit = context if args.tls == "implicit" else None
        server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=implicit)
        print(server.sockets[0].getsockname()[1], flush=True)
        # The test holds the other end. When it ends, the server ends, too.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    warnings.simplefilter("ignore")
    logging.disable()
    asyncio.run(serve())


main()
