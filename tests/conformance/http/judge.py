# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs cases against a subject, each in its deliveries, on many connections at once, and reports errors."""

import dataclasses

import answer as answers
from answer import BadAnswer
from case import request
from delivery import AT_ONCE, Effort, cut, deliveries

PROBE = request("GET", "/is-this-connection-good-for-more")


@dataclasses.dataclass(frozen=True)
class Finding:
    case: object
    way: str
    sentence: str

    def __str__(self):
        return f"{self.case.number} {self.case.name} ({self.way}): {self.sentence}"


class _Trial:
    """One case in one delivery on one connection."""

    def __init__(self, subject, case, delivery, name):
        self.case = case
        self.delivery = delivery
        self.fault = None
        self._wire = subject.connect()
        self._steps = [(cut(subject.filled(step.send, name), cuts) if len(step.send) > 0 else [])
                       for step, cuts in zip(case.steps, delivery.cuts)]

    def pieces(self, step):
        return self._steps[step] if step < len(self._steps) else []

    def send(self, piece):
        if self.fault:
            return
        try:
            self._wire.send(piece)
        except BadAnswer as error:
            self.fault = str(error)

    def finish_step(self, step):
        last = step == len(self.case.steps) - 1
        if self.fault or step >= len(self.case.steps):
            return
        try:
            if last and self.case.ends_sending:
                self._wire.end_sending()
            for reply in self.case.steps[step].replies:
                self._expect(reply)
            if last:
                self._check_end()
            elif not self._wire.silent():
                found = self._wire.answer()
                raise BadAnswer(f"{found.status if found else 'an end'} where it should have waited for more")
        except BadAnswer as error:
            self.fault = str(error)

    def _expect(self, reply):
        found = self._wire.answer(reply.to_head)
        if found is None:
            raise BadAnswer(f"the end of the connection where {reply.status} was due")
        wrong = []
        if found.status != reply.status:
            wrong.append(f"{found.status} where {reply.status} was due")
        else:
            wrong.extend(answers.faults(found, reply.to_head))
            if reply.also and (more := reply.also(found)):
                wrong.append(more)
        if wrong:
            raise BadAnswer("; ".join(wrong))
        self._last = found

    def _check_end(self):
        if self.case.ends:
            if not self.case.ends_sending and not self._last.closes:
                raise BadAnswer(f"the {self._last.status} does not say that the connection ends")
            more = self._wire.answer()
            if more is not None:
                raise BadAnswer(f"a further answer, {more.status}, where the connection should end")
            return
        if self._last.closes:
            raise BadAnswer("the answer says that the connection ends")
        self._wire.send(PROBE)
        found = self._wire.answer()
        if found is None or found.status != 404:
            raise BadAnswer(f"{found.status if found else 'the end of the connection'} where the answer to a further request was due")

    def close(self):
        self._wire.__exit__()


def _run_together(trials, subject):
    """Piece by piece; before each next piece the last one has been read."""
    subject.accepted()
    for step in range(max(len(trial.case.steps) for trial in trials)):
        for at in range(max(len(trial.pieces(step)) for trial in trials)):
            if at > 0:
                subject.settle()
            for trial in trials:
                if at < len(trial.pieces(step)):
                    trial.send(trial.pieces(step)[at])
        if any(step < len(trial.case.steps) and not trial.case.steps[step].replies for trial in trials):
            subject.settle()
        for trial in trials:
            trial.finish_step(step)


def judge(subject, cases, effort=Effort.ALL, asked=None):
    """The findings, and the count of connections tried. `asked`: whom to ask what was run, where the subject itself may answer
    wrongly."""
    asked = asked or subject
    findings = []
    names = {}
    waiting = []
    for case in cases:
        names[case.number] = asked.new_name()
        waiting += [(case, delivery) for delivery in deliveries(case, effort)]
    # Those of many pieces together, or each of them would take their turns alone.
    waiting.sort(key=lambda pair: max(map(len, pair[1].cuts)))
    for begin in range(0, len(waiting), AT_ONCE):
        trials = []
        try:
            for case, delivery in waiting[begin:begin + AT_ONCE]:
                trials.append(_Trial(subject, case, delivery, names[case.number]))
            _run_together(trials, asked)
        finally:
            for trial in trials:
                trial.close()
        findings += [Finding(trial.case, trial.delivery.way, trial.fault) for trial in trials if trial.fault]
    asked.hash_something()
    for case in cases:
        if not case.hides and not case.runs:
            continue
        if asked.taken(names[case.number]) != case.runs:
            findings.append(Finding(case, "afterwards",
                                    "the hidden request was not run" if case.runs else "the hidden request was run"))
    return findings, len(waiting)
