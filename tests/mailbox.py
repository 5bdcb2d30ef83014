"""A mail server that takes every letter, from whoever knows the password."""

import base64
import email
import email.policy
import socket
import threading


class Mailbox:
    def __init__(self, password, port=0):
        self.letters, self.password, self._refused = [], password, []
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as talk:
                self._speak(talk)

    def _speak(self, talk):
        def say(words):
            talk.write(f"{words}\r\n".encode())
            talk.flush()

        say("220 here")
        while command := talk.readline().decode():
            word = command.split()[0].upper()
            if word == "EHLO":
                say("250-here\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                knows = base64.b64decode(command.split()[2]).endswith(f"\0{self.password}".encode())
                say("235 ok" if knows else "535 no")
            elif word == "DATA":
                say("354 go on")
                lines = iter(talk.readline, b".\r\n")
                self.letters.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                say("250 ok")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def to(self, address):
        """Texts of the letters to this address."""
        return [letter.get_content() for letter in self.letters if address in letter["To"]]

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)  # else whoever waits in it keeps it open
        self.socket.close()
