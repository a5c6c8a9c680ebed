extension EventSchema {
  /// Submissions of participant visits and the results of their quality control.
  public static let visitEvent = EventSchema(
    checkedName: "visit-event",
    summary: "A submission of a participant's visit, or the result of its quality control.",
    fields: [
      EventField(
        "action", .string, rule: .oneOf(["submit", "pass-qc", "not-pass-qc", "delete"]),
        summary: "What happened to the visit."),
      EventField(
        "study", .string, rule: .nonEmpty, defaultValue: "adrc",
        summary: "The study that the visit belongs to."),
      EventField(
        "pipeline_adcid", .int32, summary: "The number of the centre whose pipeline logged it."),
      EventField("project_label", .string, summary: "The project that the data was submitted to."),
      EventField("center_label", .string, summary: "The centre's name as a label."),
      EventField("gear_name", .string, summary: "The program that logged the event."),
      EventField(
        "ptid", .string, rule: .printableASCII(length: 1...10),
        summary: "The participant's identifier at the centre."),
      EventField(
        "naccid", .string, isNullable: true,
        summary: "The participant's identifier at the coordinating centre."),
      EventField("visit_date", .string, rule: .calendarDate, summary: "The day of the visit."),
      EventField(
        "visit_number", .string, isNullable: true, summary: "The number of the visit as a text."),
      EventField(
        "datatype", .string,
        rule: .oneOf([
          "apoe", "biomarker", "dicom", "enrollment", "form", "genetic-availability", "gwas",
          "imputation", "scan-analysis",
        ]),
        summary: "The kind of data that was submitted."),
      EventField(
        "module", .string, isNullable: true, summary: "The module of a form; null for other data."),
      EventField(
        "packet", .string, isNullable: true, summary: "The packet that the form belongs to."),
      EventField(
        "modality", .string, isNullable: true, summary: "The modality of data that is no form."),
      EventField("timestamp", .timestamp, summary: "When the event happened."),
      EventField(
        "source_modified", .timestamp, isNullable: true, origin: .objectModified,
        summary: "When the object that the row came from was last modified."),
    ],
    identity: [
      "study", "action", "ptid", "visit_date", "timestamp", "datatype", "module",
      "pipeline_adcid",
    ],
    order: ["timestamp", "ptid", "action"],
    group: ["study", "datatype"],
    eventTime: "timestamp",
    rules: [
      .require("module", when: "datatype", is: "form"),
      .forbid("module", unless: "datatype", is: "form"),
      .forbid("modality", when: "datatype", is: "form"),
    ],
    exclusions: [
      EventExclusion(
        field: "project_label", prefix: "sandbox-", reason: "Sandbox projects hold trial data.")
    ])
}
