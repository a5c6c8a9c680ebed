# Placeholders in the directories of checkpoint_key are partitions, which Athena projects: nothing
# crawls, and no partition is ever added.

locals {
  glue_database_name = var.glue_database_name == "" ? lower(replace(var.function_name, "-", "_")) : var.glue_database_name

  checkpoint_directories = try(regex("^(.*/)[^/]*$", var.checkpoint_key)[0], "")
  partitions = distinct([
    for placeholder in regexall("\\{([a-z]+)\\}", local.checkpoint_directories) : placeholder[0]
  ])

  event_columns = [
    { name = "action", type = "string", comment = "submit, pass-qc, not-pass-qc or delete" },
    { name = "study", type = "string", comment = "adrc where the event names none" },
    { name = "pipeline_adcid", type = "int", comment = "Centre" },
    { name = "project_label", type = "string", comment = "" },
    { name = "center_label", type = "string", comment = "" },
    { name = "gear_name", type = "string", comment = "" },
    { name = "ptid", type = "string", comment = "Participant at the centre" },
    { name = "naccid", type = "string", comment = "Participant at NACC, or null" },
    { name = "visit_date", type = "string", comment = "YYYY-MM-DD" },
    { name = "visit_number", type = "string", comment = "" },
    { name = "datatype", type = "string", comment = "apoe, biomarker, dicom, enrollment, form and others" },
    { name = "module", type = "string", comment = "Of forms only" },
    { name = "packet", type = "string", comment = "" },
    { name = "modality", type = "string", comment = "Of images only" },
    { name = "timestamp", type = "timestamp", comment = "When it happened (UTC)" },
    { name = "source_modified", type = "timestamp", comment = "When its object was uploaded (UTC)" },
  ]

  datatypes = ["apoe", "biomarker", "dicom", "enrollment", "form", "genetic-availability", "gwas", "imputation", "scan-analysis"]
  projections = {
    study    = { type = "enum", values = join(",", var.glue_studies) }
    datatype = { type = "enum", values = join(",", local.datatypes) }
    year     = { type = "integer", range = "2000,2100" }
    month    = { type = "integer", range = "1,12", digits = "2" }
  }
}

resource "aws_glue_catalog_database" "checkpoints" {
  count = var.enable_glue ? 1 : 0

  name        = local.glue_database_name
  description = "Checkpoints of the event log"
  tags        = local.tags
}

resource "aws_glue_catalog_table" "events" {
  count = var.enable_glue ? 1 : 0

  name          = var.glue_table_name
  description   = "One row for each event of a participant's visit"
  database_name = aws_glue_catalog_database.checkpoints[0].name
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(
    { EXTERNAL = "TRUE", classification = "parquet" },
    length(local.partitions) == 0 ? {} : merge(
      {
        "projection.enabled"        = "true"
        "storage.location.template" = "s3://${var.checkpoint_bucket}/${trimsuffix(replace(local.checkpoint_directories, "{", "$${"), "/")}/"
      },
      merge([
        for name in local.partitions : {
          for key, value in local.projections[name] : "projection.${name}.${key}" => value
        }
      ]...)
    )
  )

  dynamic "partition_keys" {
    for_each = local.partitions
    content {
      name = partition_keys.value
      type = contains(["year", "month"], partition_keys.value) ? "int" : "string"
    }
  }

  storage_descriptor {
    location      = "s3://${var.checkpoint_bucket}/${local.checkpoint_directory}"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    # A name can only be one of both, and the partition's value is the column's.
    dynamic "columns" {
      for_each = [for column in local.event_columns : column if !contains(local.partitions, column.name)]
      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }
}
