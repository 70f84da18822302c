# The alerts, one entry each; the query of an entry is queries/<name>.kql. Severity: 1 error, 2 warning, 3 informational.
locals {
  rules = {
    run-failed = {
      title       = "a run failed"
      description = "A run ended with an error, or a route was blocked. The summary line says which, why, and what to do. The next run tries again."
      severity    = 1
      window      = "PT1H"
      column      = "Failures"
      aggregation = "Total"
      operator    = "GreaterThan"
      threshold   = 0
      by_route    = true
    }
    no-run = {
      title       = "no run at all"
      description = "No run was recorded for ${var.no_run_window}: the app is stopped, cannot start, or cannot write its telemetry."
      severity    = 1
      window      = var.no_run_window
      column      = "Runs"
      aggregation = "Maximum"
      operator    = "LessThan"
      threshold   = 1
      by_route    = false
    }
    watermark-lag = {
      title       = "a route lies behind"
      description = "The watermark of a route is more than ${var.watermark_lag_minutes} minutes old: it fails, cannot keep up, or catches up after an outage."
      severity    = 2
      window      = "PT6H"
      column      = "LagMinutes"
      aggregation = "Maximum"
      operator    = "GreaterThan"
      threshold   = var.watermark_lag_minutes
      by_route    = true
    }
    dead-letters = {
      title       = "records were dead-lettered"
      description = "Records that no sink will take were put aside. They are kept until DEAD_LETTER_RETENTION is over: look at their reason and replay them before then."
      severity    = 2
      window      = "PT1H"
      column      = "DeadLettered"
      aggregation = "Total"
      operator    = "GreaterThan"
      threshold   = 0
      by_route    = true
    }
    api-throttled = {
      title       = "the Microshare API throttles"
      description = "The Microshare API answered 429 for longer than a run could wait. Lower MICROSHARE_CONCURRENCY, poll less often, or ask for a higher limit."
      severity    = 3
      window      = "PT1H"
      column      = "Throttled"
      aggregation = "Total"
      operator    = "GreaterThan"
      threshold   = 0
      by_route    = true
    }
  }
}
