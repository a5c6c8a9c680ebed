"""Event objects as data centres send them, seeded: also late, corrected, wrong and sandbox ones."""

import datetime
import json
import random

DAY = datetime.datetime(2026, 3, 1)
STUDIES = ["adrc", "dvcid", "leads"]
MODULES = ["UDS", "FTLD", "LBD", "MDS"]
PLAIN = ["apoe", "biomarker", "enrollment", "genetic-availability", "gwas", "imputation"]
FAULTS = [
    lambda event: event.pop("timestamp"),
    lambda event: event.update(action="approve"),
    lambda event: event.update(visit_date="2026-02-30"),
    lambda event: event.update(ptid="much too long for a participant"),
    lambda event: event.update(unexpected="field"),
    lambda event: event.update(pipeline_adcid=True),
    lambda event: event.update(module="UDS", datatype="dicom"),
]


class Events:
    """A stream of objects: pairs of a name and its content."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.number = 0
        self.sent = []

    def valid(self, days_late=0):
        chance = self.random
        moment = DAY - datetime.timedelta(days=days_late) + datetime.timedelta(
            milliseconds=chance.randrange(30 * 86_400_000)
        )
        event = {
            "action": chance.choice(["submit", "pass-qc", "not-pass-qc", "delete"]),
            "pipeline_adcid": chance.choice([42, "43", 44.0]),
            "project_label": "ingest-form", "center_label": f"center-{chance.randrange(30)}",
            "gear_name": "form-scheduler", "ptid": f"P{chance.randrange(100_000):05d}",
            "visit_date": (moment - datetime.timedelta(days=3)).strftime("%Y-%m-%d"),
            "timestamp": moment.isoformat() + chance.choice(["Z", "+00:00", "", "-05:00"]),
        }
        if chance.random() < 0.7:
            event["study"] = chance.choice(STUDIES)
        if chance.random() < 0.5:
            event |= {"datatype": "form", "module": chance.choice(MODULES), "packet": "I"}
        elif chance.random() < 0.3:
            event |= {"datatype": "dicom", "modality": chance.choice(["MR", "PET"])}
        else:
            event["datatype"] = chance.choice(PLAIN)
        if chance.random() < 0.3:
            event["visit_number"] = str(chance.randrange(9))
        return event

    def object(self, content, action="submit"):
        self.number += 1
        name = f"log-{action}-20260301-{self.number:06d}-42-ingest-P-2026-03-01.json"
        return name, content if isinstance(content, bytes) else json.dumps(content).encode()

    def mixture(self, count):
        """Of 100 objects 5 are late, 5 correct another, 3 are wrong, and 5 a sandbox's."""
        for _ in range(count):
            choice = self.random.random()
            if choice < 0.05:
                event = self.valid(days_late=400)
            elif choice < 0.10 and self.sent:
                # The same event with another packet or label: its identity stays.
                event = dict(self.random.choice(self.sent)) | {
                    "gear_name": "corrected", "visit_number": str(self.random.randrange(9))
                }
            elif choice < 0.12:
                event = self.valid()
                self.random.choice(FAULTS)(event)
                yield self.object(event)
                continue
            elif choice < 0.13:
                yield self.object(self.random.choice([b"", b"{", b"[]", b"\xff", b"null"]))
                continue
            elif choice < 0.18:
                event = self.valid() | {"project_label": "sandbox-ingest"}
            else:
                event = self.valid()
            self.sent.append(event)
            yield self.object(event)
