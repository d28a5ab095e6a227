# SPDX-License-Identifier: GPL-3.0-or-later
"""Two users talk in two windows of the desktop client; the server stops and comes back."""

import hashlib
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from desktop.display import Display, until  # noqa: E402
from desktop.person import PASSWORD, PICTURES, Person  # noqa: E402
from support.children import end_with_parent  # noqa: E402
from support.curl import bearer, curl, post  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.proxy import Nginx  # noqa: E402


def fingerprint(daemon):
    host, port = daemon.https.removeprefix("https://").split(":")
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(certificate).digest())


class Keyring:
    """GNOME's keyring, unlocked, on the D-Bus session of this test."""

    def __init__(self, home):
        self._home = home

    def __enter__(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
        self._process = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         env={**environment, "HOME": self._home}, preexec_fn=end_with_parent)
        self._process.stdin.write(b"the keyring's password")
        self._process.stdin.close()
        until(self._is_there, "the keyring runs")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def _is_there(self):
        if self._process.poll() is not None:
            raise AssertionError(f"gnome-keyring-daemon ended with status {self._process.returncode}")
        names = subprocess.run(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
                                "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"],
                               capture_output=True, text=True)
        return "true" in names.stdout


def side_by_side(*people):
    for number, person in enumerate(people):
        subprocess.run(["xdotool", "windowsize", "--sync", person.window, "780", "800",
                        "windowmove", person.window, str(10 + 800 * number), "40"], check=True, capture_output=True)


def history(daemon, name, room):
    token = post(f"{daemon.http}/api/v1/login", {"username": name, "password": PASSWORD}).json["token"]
    page = curl(f"{daemon.http}/api/v1/rooms/{room}/events", *bearer(token)).json
    return [(event["sender"]["username"], event["text"]) for event in page["events"] if event["kind"] == "message"]


class Desktop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.display = cls.enterClassContext(Display())

    def test_two_people_talk(self):
        with Daemon() as daemon, Person("ann", daemon.http) as ann, Person("ben", daemon.http) as ben:
            side_by_side(ann, ben)
            ann.register()
            ann.press("Join or create a room")
            ann.find("dialog", "Join or create a room")
            ann.press_tab("Create a room")
            ann.type("treehouse", "text", "Name of the new room")
            ann.key("Return")
            ann.reads("treehouse", within="Rooms")

            ben.register()
            ben.press("Join or create a room")
            ben.type("tree", "text", "Room name")
            ben.reads("treehouse", within="Public rooms")
            ben.key("ctrl+a")
            ben.type("treehouse", "text", "Room name")
            ben.key("Return")
            ben.reads("treehouse", within="Rooms")

            for person in (ann, ben):
                person.open_members()
                for name in ("ann", "ben"):
                    person.reads(name, within="Members")

            said = [(ann, "Hello Ben"), (ben, "Hello Ann, nice window"), (ann, "Is the history kept?"), (ben, "It is")]
            for speaker, text in said:
                speaker.say(text)
                for person in (ann, ben):
                    person.reads(text, within="Messages")
            self.display.picture(PICTURES / "talk.png")
            for person in (ann, ben):
                shown = [line for line in person.messages() if any(text in line for _, text in said)]
                self.assertEqual(len(shown), len(said))
                for line, (speaker, text) in zip(shown, said):
                    self.assertTrue(line.startswith(speaker.name) and text in line, line)
            self.assertEqual(history(daemon, "ann", "treehouse"), [(person.name, text) for person, text in said])
            ann.close()
            ben.close()

    def test_history_is_there_after_both_were_started_again(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home:
            with Daemon() as first:
                with Person("ann", first.http, home) as ann:
                    ann.register()
                    ann.say("For tomorrow")
                    until(lambda: ("ann", "For tomorrow") in history(first, "ann", "lobby"), "the message is stored")
                    ann.close()
                first.stop()
                with Daemon(data=first.data) as second, Person("ann", second.http, home) as ann:
                    ann.log_in()
                    ann.reads("For tomorrow", within="Messages")
                    ann.close()

    def test_a_kept_log_in_opens_the_rooms_without_a_server(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home:
            with Daemon() as first:
                with Person("ann", first.http, home) as ann:
                    ann.register(keep=True)
                    ann.say("For tomorrow")
                    until(lambda: ("ann", "For tomorrow") in history(first, "ann", "lobby"), "the message is stored")
                    ann.reads("For tomorrow", within="Messages")
                    self.display.picture(PICTURES / "kept.png")
                    ann.close()
                kept = list(pathlib.Path(home).glob(".local/share/rookery/client-ann/login"))
                self.assertEqual([file.stat().st_mode & 0o7777 for file in kept], [0o600])
                self.assertTrue(kept[0].read_text().startswith("# This file logs you in"), kept[0].read_text())
                first.stop()
                with Person("ann", first.http, home) as ann:
                    ann.reads("lobby", within="Rooms")
                    ann.reads("For tomorrow", within="Messages")
                    ann.reads("Offline.")
                    ann.say("Said without a server")
                    ann.reads("Said without a server, sending", within="Messages")
                    self.display.picture(PICTURES / "offline.png")
                    with Daemon(first.http, data=first.data) as second:
                        until(lambda: history(second, "ann", "lobby")[-1:] == [("ann", "Said without a server")],
                              "what was said is sent when the server is back")
                        until(lambda: any("Said without a server" in line and "sending" not in line
                                          for line in ann.messages()), "and ann sees that")
                        ann.close()
                # The log-in is ended from elsewhere.
                with Daemon(first.http, data=first.data) as third:
                    new = "another horse battery"
                    token = post(f"{third.http}/api/v1/login", {"username": "ann", "password": PASSWORD}).json["token"]
                    changed = post(f"{third.http}/api/v1/me/password",
                                   {"current": PASSWORD, "new": new}, *bearer(token))
                    self.assertLess(changed.status, 300, changed)
                    with Person("ann", third.http, home) as ann:
                        ann.find("password text", "Password")
                        ann.reads("This log-in is no longer good.")
                        self.display.picture(PICTURES / "refused.png")
                        # Marked, not gone: what refused it may have been a server with a wrong clock.
                        self.assertIn('"refused": true', kept[0].read_text())
                        self.assertEqual(kept[0].stat().st_mode & 0o7777, 0o600)
                        ann.type(new, "password text", "Password")
                        ann.key("Return")
                        ann.reads("For tomorrow", within="Messages")
                        until(lambda: '"refused"' not in kept[0].read_text(), "the new log-in is kept instead")
                        ann.close()

    def test_a_log_in_is_kept_in_the_keyring(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home, Keyring(home), Daemon() as daemon:
            with Person("ann", daemon.http, home) as ann:
                box = ann.find("check box", "Keep me logged in on this computer")
                self.assertTrue(Person.is_checked(box))
                ann.register()
                kept = pathlib.Path(home) / ".local/share/rookery/client-ann/login"
                until(kept.exists, "the log-in is kept")
                self.assertTrue(kept.read_text().startswith("# This file names the account"), kept.read_text())
                self.assertIn('"token": ""', kept.read_text())
                ann.close()
            with Person("ann", daemon.http, home) as ann:
                ann.reads("lobby", within="Rooms")
                ann.say("Without a password")
                until(lambda: history(daemon, "ann", "lobby") == [("ann", "Without a password")], "the message is stored")
                ann.close()

    def test_a_certificate_is_trusted_by_a_person(self):
        with Daemon("https://127.0.0.1:0") as first, Person("ann", first.https) as ann:
            ann.press("New here? Create an account")
            ann.type("ann", "text", "User name")
            ann.type(PASSWORD, "password text", "Password")
            ann.key("Return")
            ann.find("dialog", "Is this the right server?")
            ann.reads(f"SHA-256 fingerprint: {fingerprint(first)}")
            self.display.picture(PICTURES / "certificate.png")
            ann.key("Return")  # which does not trust it
            ann.reads("cannot be trusted yet")
            ann.focus("password text", "Password")
            ann.key("Return")
            ann.press("Trust this certificate")
            ann.find("list", "Rooms")
            ann.say("Encrypted")
            ann.reads("Encrypted", within="Messages")
            first.stop()
            for name in ("tls-certificate.pem", "tls-key.pem"):
                (first.data / name).unlink()
            with Daemon(first.https, data=first.data) as second:
                ann.reads("has changed: it is not the one that you trust.")
                ann.say("Not to a stranger")
                ann.press("Certificate…")
                ann.find("dialog", "The certificate has changed")
                ann.reads(f"SHA-256 fingerprint: {fingerprint(second)}")
                ann.reads("Not to a stranger, sending", within="Messages")
                self.display.picture(PICTURES / "changed.png")
                ann.press("Trust the new certificate")
                until(lambda: any("Not to a stranger" in line and "sending" not in line for line in ann.messages()),
                      "what was said is sent to the server that is trusted")
                ann.close()

    def test_a_password_is_not_sent_unencrypted_without_asking(self):
        with Daemon() as daemon:
            # A way to this computer that does not look like one.
            address = daemon.http.replace("127.0.0.1", "0.0.0.0")
            with Person("ann", address) as ann:
                ann.press("New here? Create an account")
                ann.type("ann", "text", "User name")
                ann.type(PASSWORD, "password text", "Password")
                ann.key("Return")
                ann.reads(f"Your password would travel unencrypted to {address.removeprefix('http://')}.")
                self.display.picture(PICTURES / "unencrypted.png")
                ann.key("Return")  # which cancels
                ann.focus("password text", "Password")
                refused = post(f"{daemon.http}/api/v1/login", {"username": "ann", "password": PASSWORD})
                self.assertEqual(refused.status, 401)
                ann.key("Return")
                ann.press("Send it unencrypted")
                ann.find("list", "Rooms")
                ann.close()

    def test_what_is_typed_stays_in_its_room(self):
        with Daemon() as daemon, Person("ann", daemon.http) as ann:
            ann.register()
            token = post(f"{daemon.http}/api/v1/login", {"username": "ann", "password": PASSWORD}).json["token"]
            post(f"{daemon.http}/api/v1/rooms", {"name": "secret", "private": True}, *bearer(token))
            ann.reads("secret", within="Rooms")
            ann.focus("text", "Message")
            ann.key("ctrl+k")
            ann.type("secret", "text", "A part of the room's name")
            ann.key("Return")
            ann.find("frame", "secret – Rookery")
            ann.type("Nobody else may", "text", "Message")
            # Left on another device, in the middle of the sentence.
            left = post(f"{daemon.http}/api/v1/rooms/secret/leave", {}, *bearer(token))
            self.assertEqual(left.status, 204)
            ann.reads("You are no longer in secret.")
            subprocess.run(["xdotool", "type", "--clearmodifiers", " read this"], check=True)
            ann.key("Return")
            self.display.picture(PICTURES / "gone.png")
            ann.key("alt+Down")
            ann.say("Hello all")
            until(lambda: history(daemon, "ann", "lobby"), "the message is stored")
            self.assertEqual(history(daemon, "ann", "lobby"), [("ann", "Hello all")])
            ann.close()

    def test_what_was_said_while_away_survives_kill_9(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home:
            with Daemon() as first:
                with Person("ann", first.http, home) as ann:
                    ann.register()
                    first.stop()
                    ann.reads("again")
                    for text in ("First of two", "Second of two"):
                        ann.say(text)
                        ann.reads(f"{text}, sending", within="Messages")
                    ann.kill()
                with Daemon(first.http, data=first.data) as second, Person("ann", second.http, home) as ann:
                    ann.log_in()
                    until(lambda: len(history(second, "ann", "lobby")) == 2, "what was said is stored")
                    self.assertEqual(history(second, "ann", "lobby"),
                                     [("ann", "First of two"), ("ann", "Second of two")])
                    ann.close()

    def test_what_is_half_written_survives_kill_9(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home, Daemon() as daemon:
            def is_on_disk(text):
                return any(text.encode() in file.read_bytes() for file in pathlib.Path(home).rglob("*")
                           if file.is_file() and file.name != "client.log")
            with Person("ann", daemon.http, home) as ann:
                ann.register()
                ann.type("Dear all, I", "text", "Message")
                until(lambda: is_on_disk("Dear all, I"), "the draft is kept")
                ann.kill()
            with Person("ann", daemon.http, home) as ann:
                ann.log_in()
                until(lambda: ann.written() == "Dear all, I", lambda: f"the draft is back: {ann.written()!r}")
                ann.type(" was ", "text", "Message")
                # And a key that ends the program in the middle of a word.
                ann.key("ctrl+q")
                ann.ends()
            with Person("ann", daemon.http, home) as ann:
                ann.log_in()
                until(lambda: ann.written() == "Dear all, I was ", lambda: f"the draft is back: {ann.written()!r}")
                ann.key("Return")
                until(lambda: history(daemon, "ann", "lobby"), "the message is stored")
                ann.close()
            self.assertEqual(history(daemon, "ann", "lobby"), [("ann", "Dear all, I was")])

    def test_one_window_per_profile(self):
        with Daemon() as daemon, Person("ann", daemon.http) as ann:
            ann.register()
            ann.type("Half a th", "text", "Message")
            with Person("ben", daemon.http) as ben:
                ben.register()  # whose window is in front now
                until(lambda: not ann.has_keyboard(), "ben's window is in front")
                second = ann.start_again()
                self.assertEqual(second.returncode, 0, second.stderr)
                self.assertIn("It is already running with this profile", second.stderr)
                until(ann.has_keyboard, "ann's window is in front again")
                subprocess.run(["xdotool", "type", "--clearmodifiers", "ought"], check=True)
                ann.key("Return")
                until(lambda: history(daemon, "ann", "lobby") == [("ann", "Half a thought")], "the message is stored")
                ben.close()
            ann.close()

    def test_a_server_under_a_path(self):
        with tempfile.TemporaryDirectory(prefix="rookery-desktop-") as home, Daemon() as daemon:
            with Nginx(urlsplit(daemon.http).netloc, "/chat") as proxy:
                address = f"http://127.0.0.1:{proxy.port}/chat/"
                with Person("ann", address, home) as ann:
                    ann.register(keep=True)
                    ann.say("Below a path")
                    until(lambda: ("ann", "Below a path") in history(daemon, "ann", "lobby"), "the message is stored")
                    ann.reads("ann", within="Members")
                    ann.close()
                with Person("ann", address, home) as ann:
                    ann.reads("lobby", within="Rooms")
                    ann.say("And again")
                    until(lambda: ("ann", "And again") in history(daemon, "ann", "lobby"), "the message is stored")
                    self.display.picture(PICTURES / "path.png")
                    ann.close()

    def test_a_server_that_goes_away_and_comes_back(self):
        with Daemon() as first, Person("ann", first.http) as ann:
            ann.register()
            ann.reads("ann", within="Members")
            first.stop()
            ann.reads("again")
            ann.say("Said while away")
            ann.reads("Said while away, sending", within="Messages")
            self.display.picture(PICTURES / "away.png")
            with Daemon(first.http, data=first.data) as second:
                until(lambda: any("Said while away" in line and "sending" not in line for line in ann.messages()),
                      "what was said while away is sent")
                self.assertEqual(history(second, "ann", "lobby"), [("ann", "Said while away")])
                ann.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
