# The app settings that the bridge starts with. What each means: the table of settings in README.md.
locals {
  app_settings = merge(local.platform_settings, local.azure_settings, local.hub_settings, local.microshare_settings, local.mail_settings, local.sink_settings, local.function_key_settings, var.bridge_settings)

  # For the Functions host. FUNCTIONS_WORKER_RUNTIME and its like are not allowed on Flex Consumption, and
  # AzureWebJobsStorage itself must not exist, not even empty: the host would prefer it to the identity.
  platform_settings = merge(local.node_settings, {
    AzureWebJobsStorage__accountName          = module.storage.name
    AzureWebJobsStorage__credential           = "managedidentity"
    AzureWebJobsStorage__clientId             = module.identity.client_id
    APPLICATIONINSIGHTS_CONNECTION_STRING     = module.monitoring.connection_string
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=${module.identity.client_id};Authorization=AAD"
  })

  # A young generation of 4 MiB, and half of the instance for the old one, as Node takes it where it is told the memory:
  # docs/decisions/0009-what-makes-it-fast.md says what that gives and costs. A container has 1 GiB.
  node_settings = local.in_containers ? { NODE_OPTIONS = "--max-semi-space-size=4 --max-old-space-size=512" } : {
    languageWorkers__node__arguments = "--max-semi-space-size=4 --max-old-space-size=${local.heap_mb}"
  }

  heap_mb = var.instance_memory_mb == 512 ? "256" : var.instance_memory_mb == 2048 ? "1024" : "2048"

  azure_settings = {
    AZURE_CLIENT_ID          = module.identity.client_id
    EVENT_HUB_CONSUMER_GROUP = module.event_hubs.consumer_group_name
    STATE_TABLE              = module.storage.state_table_name
    DEAD_LETTER_CONTAINER    = module.storage.dead_letter_container_name
    TELEMETRY                = var.telemetry
  }

  # With several sinks the hub stands in SINKS, and nowhere else.
  hub_settings = local.has_more_sinks ? {} : {
    EVENT_HUB_NAMESPACE = module.event_hubs.host_name
    EVENT_HUB_NAME      = module.event_hubs.hub_name
  }

  # References, resolved by the platform with the app's identity. The values are entered by hand (see DEPLOYMENT.md):
  # a secret that Terraform wrote would stand in its state. No version in the address: a new value needs no new deployment.
  microshare_settings = merge(
    {
      MICROSHARE_AUTH_MODE = var.microshare_auth_mode
      MICROSHARE_USERNAME  = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/${local.secret_names.username})"
      MICROSHARE_PASSWORD  = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/${local.secret_names.password})"
    },
    # The web login has no API key; a reference to a secret that nobody enters would only look broken.
    var.microshare_auth_mode == "web" ? {} : {
      MICROSHARE_API_KEY = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/${local.secret_names.api_key})"
    },
  )

  secret_names = {
    username = "microshare-username"
    password = "microshare-password"
    api_key  = "microshare-api-key"
  }
}
