# The bridge on Container Apps: one replica at least, since a timer fires only in a process that runs.
resource "azurerm_container_app_environment" "this" {
  name                = "cae-${var.name}"
  location            = var.location
  resource_group_name = var.resource_group_name

  # Not to the workspace itself, which would take its key: that is switched off. A diagnostic setting needs none.
  logs_destination = "azure-monitor"

  infrastructure_subnet_id       = var.subnet_id
  internal_load_balancer_enabled = var.in_network && var.public_network_access_enabled == false
  public_network_access          = var.public_network_access_enabled ? "Enabled" : "Disabled"

  # With a profile it takes a subnet of 32 addresses, with the delegation that Flex Consumption wants too.
  workload_profile {
    name                  = "Consumption"
    workload_profile_type = "Consumption"
  }

  tags = var.tags
}

resource "azurerm_monitor_diagnostic_setting" "logs" {
  name                       = "logs"
  target_resource_id         = azurerm_container_app_environment.this.id
  log_analytics_workspace_id = var.workspace_id

  enabled_log {
    category_group = "allLogs"
  }
}

resource "azurerm_container_app" "this" {
  # No image, no app: the registry has to be there before somebody can put one in.
  for_each = toset(var.image == "" ? [] : ["this"])

  name                         = "ca-${var.name}"
  resource_group_name          = var.resource_group_name
  container_app_environment_id = azurerm_container_app_environment.this.id
  workload_profile_name        = "Consumption"
  # The former one is told to end when the new one is up. For a while there are two: leases keep them apart.
  revision_mode = "Single"

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  registry {
    server   = var.registry_server
    identity = var.identity_id
  }

  # No version in the address: a value that is changed in the vault is taken over, and needs no new revision.
  dynamic "secret" {
    for_each = var.secrets

    content {
      name                = lower(replace(secret.key, "_", "-"))
      key_vault_secret_id = secret.value
      identity            = var.identity_id
    }
  }

  # Without callers nothing listens for the outside.
  dynamic "ingress" {
    for_each = toset(var.serves_callers ? ["this"] : [])

    content {
      # Outside of the environment: in a closed one that is still only the network.
      external_enabled           = true
      allow_insecure_connections = false
      target_port                = 8080
      transport                  = "http"

      traffic_weight {
        latest_revision = true
        percentage      = 100
      }

      dynamic "ip_security_restriction" {
        for_each = toset(var.allowed_ip_ranges)

        content {
          name             = "allowed-${substr(sha256(ip_security_restriction.value), 0, 6)}"
          ip_address_range = ip_security_restriction.value
          action           = "Allow"
        }
      }
    }
  }

  template {
    min_replicas = 1
    max_replicas = var.maximum_replicas

    # It takes no new request, answers those under way, sends and saves what it has read, and is gone within about ten seconds.
    termination_grace_period_seconds = 60

    container {
      name   = "bridge"
      image  = "${var.registry_server}/${var.image}"
      cpu    = 0.5
      memory = "1Gi"

      dynamic "env" {
        for_each = var.settings

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets

        content {
          name        = env.key
          secret_name = lower(replace(env.key, "_", "-"))
        }
      }

      liveness_probe {
        transport               = "HTTP"
        port                    = 8080
        path                    = "/api/live"
        interval_seconds        = 30
        timeout                 = 5
        failure_count_threshold = 3
      }

      # Not /api/health: a queue that cannot be reached is told to callers as 503, and is no reason to give them nobody at all.
      readiness_probe {
        transport               = "HTTP"
        port                    = 8080
        path                    = "/api/live"
        interval_seconds        = 10
        timeout                 = 5
        failure_count_threshold = 3
      }
    }
  }

  tags = var.tags
}
