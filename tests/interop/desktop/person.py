# SPDX-License-Identifier: GPL-3.0-or-later
"""A user at a desktop client: types on the keyboard, and reads the window through the accessibility API."""

import os
import pathlib
import subprocess
import tempfile

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

from desktop.display import Display, until  # noqa: E402
from support.children import end_with_parent  # noqa: E402

PICTURES = pathlib.Path(os.environ.get("ROOKERY_TEST_OUTPUT_DIR", "."))
CLIENT = os.environ.get("ROOKERY_TEST_CLIENT", "")
PASSWORD = "correct horse battery"


def role_of(item):
    """By its number: AT-SPI renamed what the number 43 is called from "push button" to "button"."""
    return "button" if item.get_role() == Atspi.Role.PUSH_BUTTON else item.get_role_name()


class Person:
    def __init__(self, name, server, home=None):
        self.name = name
        self.server = server
        self._made = None if home else tempfile.TemporaryDirectory(prefix="rookery-desktop-")
        self.home = pathlib.Path(home or self._made.name)
        self._process = None

    def __enter__(self):
        self._environment = {key: value for key, value in os.environ.items()
                             if not key.startswith(("XDG_", "ROOKERY_"))}
        self._environment.update(HOME=str(self.home), QT_QPA_PLATFORM="xcb", QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1",
                                 LC_ALL="C.UTF-8")
        self._command = [CLIENT, "--server", self.server, "--profile", self.name]
        self._log = open(self.home / "client.log", "ab")
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                                         env=self._environment, preexec_fn=end_with_parent)
        self.window = until(self._window, lambda: f"{self.name}'s window is there: {self.log()}")
        return self

    def __exit__(self, kind, *_):
        if kind:
            Display.picture(PICTURES / f"failed-{self.name}.png")
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._log.close()
        if kind:
            print(f"--- {self.name}'s client ---\n{self.log()}", flush=True)
        if self._made:
            self._made.cleanup()

    def start_again(self):
        """Starts the client once more with the same profile; how that ended."""
        return subprocess.run(self._command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              env=self._environment)

    def has_keyboard(self):
        active = subprocess.run(["xdotool", "getactivewindow"], capture_output=True, text=True).stdout.strip()
        return active == self.window

    def kill(self):
        """kill -9: the client cannot put anything in order."""
        self._process.kill()
        self._process.wait()

    def log(self):
        return (self.home / "client.log").read_text(errors="replace")

    def _window(self):
        if self._process.poll() is not None:
            raise AssertionError(f"{self.name}'s client ended with status {self._process.returncode}:\n{self.log()}")
        found = subprocess.run(["xdotool", "search", "--all", "--onlyvisible", "--pid", str(self._process.pid), "--name", "."],
                               capture_output=True, text=True).stdout.split()
        return found and found[0]

    # What is on the screen.

    def _application(self):
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application and application.get_process_id() == self._process.pid:
                return application
        return None

    def _walk(self, item):
        item.clear_cache()
        states = item.get_state_set()
        yield item, states
        for index in range(item.get_child_count()):
            child = item.get_child_at_index(index)
            if child:
                yield from self._walk(child)

    def _look(self, wanted):
        """Of what is shown, the first that is wanted; None too where the window changes under the eyes."""
        try:
            application = self._application()
            for item, states in self._walk(application) if application else ():
                if states.contains(Atspi.StateType.SHOWING) and wanted(item):
                    return item
        except GLib.Error:
            pass
        return None

    def find(self, role, name):
        def wanted(item):
            return role_of(item) == role and item.get_name() == name
        return until(lambda: self._look(wanted), lambda: f"{self.name} sees the {role} {name!r}; {self.everything()}")

    def reads(self, text, within=None):
        """Waits until the text stands somewhere in the window, or in the list of this name."""
        def there(item):
            return text in (item.get_name() or "")

        def look():
            if not within:
                return self._look(there)
            area = self._look(lambda item: item.get_role_name() == "list" and item.get_name() == within)
            try:
                return area and next((item for item, _ in self._walk(area) if there(item)), None)
            except GLib.Error:
                return None
        return until(look, lambda: f"{self.name} reads {text!r} in {within or 'the window'}; {self.everything()}")

    def messages(self):
        """The texts in the timeline, in their order."""
        area = self.find("list", "Messages")
        return [item.get_name() for item, _ in self._walk(area) if item.get_role_name() == "list item"]

    def everything(self):
        try:
            application = self._application()
            return [f"{item.get_role_name()} {item.get_name()!r}" for item, states in self._walk(application)
                    if states.contains(Atspi.StateType.SHOWING) and item.get_name()] if application else []
        except GLib.Error as error:
            return [str(error)]

    # What one does there.

    def press(self, name, role="button"):
        self.find(role, name).do_action(0)

    def press_tab(self, name):
        self.find("page tab", name).do_action(0)

    def focus(self, role, name):
        subprocess.run(["xdotool", "windowactivate", "--sync", self.window], check=True, capture_output=True)

        def focused():
            item = self.find(role, name)
            if item.get_state_set().contains(Atspi.StateType.FOCUSED):
                return True
            item.grab_focus()
            return False
        until(focused, f"{self.name} has the keyboard in {name!r}")

    def type(self, text, role, name):
        self.focus(role, name)
        subprocess.run(["xdotool", "type", "--clearmodifiers", text], check=True)
        return self

    @staticmethod
    def key(*names):
        subprocess.run(["xdotool", "key", "--clearmodifiers", *names], check=True)

    def keep(self):
        """Ticks that the log-in is to be kept, if it is not."""
        box = self.find("check box", "Keep me logged in on this computer")
        if not self.is_checked(box):
            box.do_action(0)

    @staticmethod
    def is_checked(item):
        return item.get_state_set().contains(Atspi.StateType.CHECKED)

    def register(self, keep=False):
        if keep:
            self.keep()
        self.press("New here? Create an account")
        self.type(self.name, "text", "User name")
        self.type(PASSWORD, "password text", "Password")
        self.key("Return")
        self.find("list", "Rooms")

    def log_in(self):
        self.type(PASSWORD, "password text", "Password")
        self.key("Return")
        self.find("list", "Rooms")

    def say(self, text):
        self.type(text, "text", "Message")
        self.key("Return")

    def written(self):
        """What stands in the composer."""
        edit = self.find("text", "Message")
        try:
            return Atspi.Text.get_text(edit, 0, Atspi.Text.get_character_count(edit))
        except GLib.Error:
            return None

    def open_members(self):
        """Where the window is too narrow for the font to show them anyway."""
        self.find("check box", "Members")
        if not self._look(lambda item: item.get_role_name() == "list" and item.get_name() == "Members"):
            self.press("Members", role="check box")

    def close(self):
        """Closes the window by the window manager's key; the client ends by itself."""
        subprocess.run(["xdotool", "windowactivate", "--sync", self.window], check=True, capture_output=True)
        self.key("alt+F4")
        self.ends()

    def ends(self):
        """Waits until the client has ended by itself, as it should."""
        status = self._process.wait(timeout=30)
        if status != 0:
            raise AssertionError(f"{self.name}'s client ended with status {status}:\n{self.log()}")
