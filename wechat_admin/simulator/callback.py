"""The pretend WeCom's side of the callback: it asks the address whether it is the portal's, and tells it what happened."""

import base64
import hashlib
import os
import secrets
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from . import account
from .models import Setting


def _seal(aes_key, message):
    key = base64.b64decode(aes_key + "=")
    plain = os.urandom(16) + struct.pack(">I", len(message)) + message + account.CORPORATION_ID.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def _query(token, encrypted):
    timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce, encrypted])).encode()).hexdigest()
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def set_up(url, token, aes_key):
    """As the console does on Save: ask the address first, keep it only if it answers. Returns a sentence."""
    echo = secrets.token_hex(8)
    try:
        encrypted = _seal(aes_key, echo.encode())
        query = urllib.parse.urlencode(_query(token, encrypted) | {"echostr": encrypted})
        with urllib.request.urlopen(f"{url}?{query}", timeout=1) as response:
            answer = response.read(1000).decode()
    except (OSError, ValueError) as error:
        return f"The address did not answer as it should: {error}"
    if answer != echo:
        return "The address answered something else."
    Setting.set("callback", {"url": url, "token": token, "aes_key": aes_key})
    return "The address answered; saved."


def tell(fields):
    """Send an event or a message, in a thread of its own, as often as WeCom tries."""
    callback = Setting.all().get("callback")
    if callback:
        times = 2 if Setting.all()["events_come_twice"] else 1
        threading.Thread(target=_send, args=(callback, fields, times), daemon=True).start()


def _send(callback, fields, times):
    common = {
        "ToUserName": account.CORPORATION_ID,
        "CreateTime": int(time.time()),
        "AgentID": account.APPLICATION_AGENT_ID,
    }
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in (common | fields).items())
    encrypted = _seal(callback["aes_key"], f"<xml>{inside}</xml>".encode())
    body = f"<xml><ToUserName>{account.CORPORATION_ID}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    url = f"{callback['url']}?{urllib.parse.urlencode(_query(callback['token'], encrypted))}"
    for _ in range(3):
        try:
            request = urllib.request.Request(url, body.encode(), {"Content-Type": "text/xml"})
            with urllib.request.urlopen(request, timeout=5):
                times -= 1
        except OSError:
            time.sleep(1)
        if not times:
            return


def member_entered_range(userid):
    tell({"FromUserName": userid, "MsgType": "event", "Event": "subscribe"})


def member_left_range(userid):
    tell({"FromUserName": userid, "MsgType": "event", "Event": "unsubscribe"})


def member_wrote(userid, text):
    tell({"FromUserName": userid, "MsgType": "text", "Content": text, "MsgId": secrets.randbelow(10**15)})
