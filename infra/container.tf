# The bridge as a container, in place of the function app: the same identity, roles and app settings.
# Why a choice here and not a configuration of its own: docs/decisions/0014-container-apps.md.
module "container_registry" {
  source   = "./modules/container-registry"
  for_each = toset(local.in_containers ? ["this"] : [])

  name                          = "crmicroshare${local.suffix}"
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  public_network_access_enabled = var.public_network_access_enabled
  principal_id                  = module.identity.principal_id
  tags                          = local.tags
}

module "container_app" {
  source   = "./modules/container-app"
  for_each = toset(local.in_containers ? ["this"] : [])

  name                = local.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  workspace_id        = module.monitoring.workspace_id
  identity_id         = module.identity.id
  registry_server     = module.container_registry["this"].login_server
  image               = local.container_image
  settings            = local.container_settings
  secrets             = local.container_secrets
  maximum_replicas    = var.container_maximum_replicas
  serves_callers      = local.has_callers
  allowed_ip_ranges   = var.app_allowed_ip_ranges
  in_network          = var.network_enabled
  subnet_id           = var.network_enabled ? module.network["this"].app_subnet_id : null
  tags                = local.tags

  public_network_access_enabled = var.app_public_network_access_enabled

  # The image is pulled and the secrets are resolved as the identity while the app starts.
  depends_on = [module.access, module.mail, module.service_bus, module.container_registry]
}

locals {
  in_containers = var.hosting == "container-apps"
  # Of the functions webhook and notification; the timer has none.
  has_callers = var.webhook_enabled || local.mail_ready

  container_image = var.container_image_tag == null ? "" : (
    startswith(coalesce(var.container_image_tag, "none"), "sha256:")
    ? "microshare-azure-bridge@${coalesce(var.container_image_tag, "none")}"
    : "microshare-azure-bridge:${coalesce(var.container_image_tag, "none")}"
  )

  # There is no Functions host to check the keys of callers: the process does it itself.
  function_key_settings = local.in_containers && local.has_callers ? {
    HOST_FUNCTION_KEY = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/host-function-key)"
  } : {}

  # The same settings. What is a reference to the vault becomes a secret of the container app, resolved as the identity.
  container_secrets  = { for name, value in local.app_settings : name => trimsuffix(trimprefix(value, "@Microsoft.KeyVault(SecretUri="), ")") if startswith(value, "@Microsoft.KeyVault(") }
  container_settings = { for name, value in local.app_settings : name => value if startswith(value, "@Microsoft.KeyVault(") == false }
}
