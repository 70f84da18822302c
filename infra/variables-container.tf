# What may be chosen of containers. With none of it chosen the bridge is a function app.

variable "hosting" {
  type        = string
  description = "What the bridge runs on: functions (Flex Consumption), or container-apps, with the image of deploy/container/Dockerfile."
  default     = "functions"
  nullable    = false

  validation {
    condition     = contains(["functions", "container-apps"], var.hosting)
    error_message = "hosting must be functions or container-apps."
  }
}

variable "container_image_tag" {
  type        = string
  description = "Tag of the image microshare-azure-bridge in the registry that is made here, or sha256:... for one image and no other. Null: registry and environment are made, and the app once there is an image to name."
  default     = null

  validation {
    condition     = var.container_image_tag == null || can(regex("^(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$", var.container_image_tag))
    error_message = "container_image_tag must be a tag such as 1.2.0, or sha256: and 64 hexadecimal digits."
  }

  validation {
    condition     = var.container_image_tag == null || var.container_image_tag != "latest"
    error_message = "container_image_tag must name one version: what latest means changes behind the back of who deployed it."
  }

  validation {
    condition     = var.container_image_tag == null || var.hosting == "container-apps"
    error_message = "container_image_tag needs hosting = \"container-apps\"."
  }
}

variable "container_maximum_replicas" {
  type        = number
  description = "How many replicas of the container may run at once. One always runs, for the timer; more only help the webhook."
  default     = 2
  nullable    = false

  validation {
    condition     = var.container_maximum_replicas >= 1 && var.container_maximum_replicas <= 30 && floor(var.container_maximum_replicas) == var.container_maximum_replicas
    error_message = "container_maximum_replicas must be a whole number from 1 to 30."
  }
}
