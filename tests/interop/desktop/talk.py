"""Two people talk in two windows of the desktop client; a server goes away and comes back."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from desktop.display import Display, until  # noqa: E402
from desktop.person import PASSWORD, PICTURES, Person  # noqa: E402
from support.curl import bearer, curl, post  # noqa: E402
from support.daemon import Daemon  # noqa: E402


def side_by_side(*people):
    for number, person in enumerate(people):
        subprocess.run(["xdotool", "windowsize", "--sync", person.window, "780", "800",
                        "windowmove", person.window, str(10 + 800 * number), "40"], check=True, capture_output=True)


def history(daemon, name, room):
    token = post(f"{daemon.http}/api/v1/login", {"username": name, "password": PASSWORD}).json["token"]
    page = curl(f"{daemon.http}/api/v1/rooms/{room}/events", *bearer(token)).json
    return [(event["sender"]["username"], event["text"]) for event in page["events"]]


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
