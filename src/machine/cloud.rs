//! Which cloud this is, by what the firmware says (DMI), without any network call.

use super::{Probe, put};
use crate::model::Facts;

/// The chassis asset tag of every Azure machine, `MSFT AZURE VM` in decimal ASCII; other Hyper-V guests have the same
/// vendor and product. Source: cloud-init, `sources/azure/identity.py`.
const AZURE: &str = "7783-7084-3265-9085-8269-3286-77";

/// Adds `cloud` and, where the firmware has it, `instance_type`.
///
/// - AWS: Nitro and bare metal have vendor `Amazon EC2` and the type as product name (`m5.large`); Xen instances have a
///   BIOS version `4.11.amazon` and no type.
/// - Azure: the chassis asset tag; the product name is `Virtual Machine`, so no type (a name of the form `Standard_D4s_v5`
///   would be taken).
/// - Google Cloud: product name `Google Compute Engine`; no type.
/// - Alibaba, Oracle, DigitalOcean, Hetzner, Linode, Vultr, Scaleway, Tencent, OVH, OpenStack: by vendor or asset tag.
pub(super) fn add(probe: &Probe, facts: &mut Facts) {
    let dmi = |name: &str| probe.head(&format!("/sys/class/dmi/id/{name}"), 256).unwrap_or_default();
    let (vendor, product) = (dmi("sys_vendor"), dmi("product_name"));
    let (bios, chassis) = (dmi("bios_vendor"), dmi("chassis_asset_tag"));
    if vendor.is_empty() && product.is_empty() && bios.is_empty() && chassis.is_empty() {
        return;
    }
    let (cloud, instance) = if vendor == "Amazon EC2" || bios == "Amazon EC2" {
        ("aws", aws_type(&product))
    } else if dmi("bios_version").to_ascii_lowercase().contains("amazon") {
        ("aws", None)
    } else if chassis == AZURE {
        ("azure", azure_type(&product))
    } else if product == "Google Compute Engine" || bios == "Google" && vendor == "Google" {
        ("gcp", None)
    } else if let Some((cloud, ..)) = OTHERS.iter().find(|(_, field, text)| match field {
        Field::Vendor => vendor.starts_with(text),
        Field::Product => product.starts_with(text),
        Field::Chassis => chassis == *text,
    }) {
        (*cloud, None)
    } else {
        return;
    };
    put(facts, "cloud", Some(cloud));
    put(facts, "instance_type", instance);
}

enum Field {
    Vendor,
    Product,
    Chassis,
}

/// From cloud-init's `tools/ds-identify`. OpenStack comes last: other clouds are built on it.
const OTHERS: &[(&str, Field, &str)] = &[
    ("alibaba", Field::Product, "Alibaba Cloud ECS"),
    ("oracle", Field::Chassis, "OracleCloud.com"),
    ("digitalocean", Field::Vendor, "DigitalOcean"),
    ("hetzner", Field::Vendor, "Hetzner"),
    ("linode", Field::Vendor, "Linode"),
    ("linode", Field::Vendor, "Akamai"),
    ("vultr", Field::Vendor, "Vultr"),
    ("scaleway", Field::Vendor, "Scaleway"),
    ("tencent", Field::Vendor, "Tencent Cloud"),
    ("upcloud", Field::Vendor, "UpCloud"),
    ("exoscale", Field::Product, "Exoscale"),
    ("ovh", Field::Chassis, "OVHcloud"),
    ("openstack", Field::Product, "OpenStack"),
    ("openstack", Field::Vendor, "OpenStack"),
];

/// `m5.large`, `p4d.24xlarge`, `u-6tb1.112xlarge`, `c7g.metal-16xl`: family, dot, size.
fn aws_type(product: &str) -> Option<String> {
    let (family, size) = product.split_once('.')?;
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    (plain(family) && plain(size)).then(|| product.to_owned())
}

fn azure_type(product: &str) -> Option<String> {
    (product.starts_with("Standard_") || product.starts_with("Basic_")).then(|| product.to_owned())
}
