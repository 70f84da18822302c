# An IoT hub for those whose tools start there. Not azurerm_iothub: that resource puts the keys of every policy into the state.
resource "azapi_resource" "this" {
  type      = "Microsoft.Devices/IotHubs@2023-06-30"
  name      = var.name
  location  = var.location
  parent_id = var.resource_group_id
  tags      = var.tags

  body = {
    sku = {
      name     = "S1"
      capacity = 1
    }
    properties = {
      minTlsVersion = "1.2"
      # Devices log in with keys, and so does the bridge, which stands for all of them.
      disableLocalAuth    = false
      publicNetworkAccess = "Enabled"
      eventHubEndpoints = {
        events = {
          retentionTimeInDays = 7
          partitionCount      = 4
        }
      }
    }
  }

  response_export_values = ["properties.hostName"]
}
