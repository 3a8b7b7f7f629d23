//! The manifests for Kubernetes.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use api_server::master::drain_max;
use api_server::settings::Settings;
use serde_json::{Value, json};

use crate::files::{path, said, settings, text, words, yaml};
use crate::house::{program, skip};

const FOLDER: &str = "kubernetes";
/// The oldest that is still looked after by Kubernetes itself, when this was written.
const VERSION: &str = "1.33";

fn manifest(name: &str) -> Value {
    yaml(&format!("{FOLDER}/{name}.yaml"))
}

/// Of the template for pods.
fn pod() -> Value {
    manifest("deployment")["spec"]["template"]["spec"].clone()
}

fn container() -> Value {
    pod()["containers"][0].clone()
}

/// The settings of a pod, but for the secrets.
fn of_the_pod() -> Settings {
    let data = manifest("settings")["data"].clone();
    let variables = data.as_object().expect("names and values").iter();
    let variables = variables.map(|(name, value)| (&**name, value.as_str().expect("text")));
    settings(variables)
}

#[test]
fn kubernetes_knows_every_field() {
    for name in words(&manifest("kustomization")["resources"]) {
        let file = path(FOLDER).join(name);
        let file = file.to_str().unwrap();
        let arguments = ["--strict", "--kubernetes-version", VERSION, file];
        let Some((output, said)) = said("kubernetes-validate", &arguments) else {
            return skip("kubernetes-validate", "pip install kubernetes-validate");
        };
        assert!(output.status.success() && said.contains("passed"), "{name}: {said}");
    }
}

#[test]
fn all_manifests_are_applied_and_belong_to_one_namespace() {
    let kustomization = manifest("kustomization");
    let applied: BTreeSet<_> =
        words(&kustomization["resources"]).into_iter().map(str::to_owned).collect();
    let files = fs::read_dir(path(FOLDER)).unwrap().flatten();
    let files = files.filter_map(|entry| entry.file_name().into_string().ok());
    let files = files.filter(|name| name.ends_with(".yaml") && name != "kustomization.yaml");
    assert_eq!(applied, files.collect());
    let namespace = manifest("namespace")["metadata"]["name"].clone();
    assert_eq!(kustomization["namespace"], namespace);
    for name in applied.iter().filter(|name| *name != "namespace.yaml") {
        let its = &yaml(&format!("{FOLDER}/{name}"))["metadata"]["namespace"];
        assert_eq!(*its, namespace, "{name}");
    }
    assert_eq!(kustomization["images"][0]["name"], container()["image"], "the image is replaced");
}

#[test]
fn a_pod_has_the_time_to_end_that_its_server_takes() {
    let grace = pod()["terminationGracePeriodSeconds"].as_u64().expect("seconds");
    let settings = of_the_pod();
    assert_eq!(container()["lifecycle"], Value::Null, "a preStop would take time of the same");
    assert!(settings.lame_duck.get() >= Duration::from_secs(5), "until all nodes know");
    let spare = Duration::from_secs(10);
    assert!(Duration::from_secs(grace) >= drain_max(&settings) + spare);
}

#[test]
fn a_pod_is_asked_for_and_held_to_what_the_course_says() {
    let container = container();
    let resources = json!({
        "requests": {"cpu": "2", "memory": "2Gi"},
        "limits": {"cpu": "4", "memory": "4Gi"},
    });
    assert_eq!(container["resources"], resources);
    let readiness = &container["readinessProbe"];
    assert_eq!(readiness["httpGet"]["path"], "/health");
    assert_eq!(readiness["periodSeconds"], 10);
    assert_eq!(container["ports"], json!([{"name": "http", "containerPort": 8080}]));
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], "http", "{probe}");
    }
    let autoscaler = manifest("autoscaler");
    let target = &autoscaler["spec"]["metrics"][0]["resource"]["target"];
    assert_eq!(*target, json!({"type": "Utilization", "averageUtilization": 70}));
    assert!(autoscaler["spec"]["minReplicas"].as_u64() >= Some(2));
    let update = &manifest("deployment")["spec"]["strategy"]["rollingUpdate"];
    assert_eq!(*update, json!({"maxUnavailable": 0, "maxSurge": 1}));
}

#[test]
fn a_pod_may_do_what_the_strictest_standard_allows_and_writes_only_data() {
    let (pod, container) = (pod(), container());
    let user = json!({
        "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    assert_eq!(pod["securityContext"], user);
    let may = json!({
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    assert_eq!(container["securityContext"], may);
    assert_eq!(container["volumeMounts"], json!([{"name": "data", "mountPath": "/data"}]));
    assert!(pod["volumes"][0]["emptyDir"]["sizeLimit"].is_string());
    assert_eq!(pod["automountServiceAccountToken"], false);
    let namespace = manifest("namespace");
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
    let containerfile = text("container/Containerfile");
    for line in ["USER 65532:65532", "VOLUME /data", "EXPOSE 8080"] {
        assert!(containerfile.lines().any(|its| its == line), "the image has `{line}`");
    }
}

#[test]
fn what_selects_pods_finds_them() {
    let deployment = manifest("deployment");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    let service = manifest("service");
    let budget = manifest("disruption-budget");
    let policy = manifest("network-policy");
    for selector in [
        &deployment["spec"]["selector"]["matchLabels"],
        &service["spec"]["selector"],
        &budget["spec"]["selector"]["matchLabels"],
        &policy["spec"]["podSelector"]["matchLabels"],
        &pod()["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        &pod()["topologySpreadConstraints"][1]["labelSelector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    assert_eq!(service["spec"]["ports"][0]["targetPort"], "http");
    assert_eq!(policy["spec"]["ingress"][0]["ports"], json!([{"port": "http"}]));
    let scaled = &manifest("autoscaler")["spec"]["scaleTargetRef"];
    assert_eq!(scaled["kind"], deployment["kind"]);
    assert_eq!(scaled["name"], deployment["metadata"]["name"]);
    let from = &container()["envFrom"][0]["configMapRef"]["name"];
    assert_eq!(*from, manifest("settings")["metadata"]["name"]);
}

#[test]
fn every_variable_is_a_setting_and_secrets_are_in_no_manifest() {
    // A Service of this name would become variables that are none: the server refuses to start with them.
    assert_eq!(pod()["enableServiceLinks"], false);
    let secret = text("kubernetes/secret.md");
    let variables = container()["env"].as_array().expect("a list").clone();
    assert_eq!(variables.len(), 4);
    for variable in variables {
        let name = variable["name"].as_str().expect("a name");
        assert_eq!(variable["value"], Value::Null, "`{name}` is not told here");
        let key = variable["valueFrom"]["secretKeyRef"]["key"].as_str().expect("a key");
        assert!(secret.contains(&format!("--from-literal={key}=")), "`{key}` is made");
        let output = program().env(name, "\n").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("the variable {name};")), "{said}");
    }
}

#[test]
fn all_pods_together_leave_postgresql_connections() {
    let autoscaler = manifest("autoscaler");
    let most = autoscaler["spec"]["maxReplicas"].as_u64().expect("a number");
    let surge = manifest("deployment")["spec"]["strategy"]["rollingUpdate"]["maxSurge"].as_u64();
    let each = of_the_pod().database_connections_max.get() as u64;
    // `max_connections` and `superuser_reserved_connections`, as PostgreSQL sets them.
    // And a keeper of jobs.
    assert!((most + surge.expect("a number")) * (each + 1) <= 100 - 3);
}
