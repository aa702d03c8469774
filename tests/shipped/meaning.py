"""What a schema does not see: names that must meet, ports that must exist, weights that must add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.shipped.kustomize import Object

INJECTED_PORTS = {"http-envoy-prom"}  # the sidecar's
GATEWAY_API = "gateway.networking.k8s.io"
ISTIO_GATEWAY = {"istio": "ingressgateway"}


def problems(objects: list[Object]) -> list[str]:
    """Everything that does not fit together in one overlay, or in a base."""
    found = Cluster(objects)
    checks = (workloads, services, rules, virtual_services, http_routes, monitors, owned, edge)
    return [f"{check.__name__}: {problem}" for check in checks for problem in check(found)]


class Cluster:
    """The objects by kind, and the pods that Deployments make."""

    def __init__(self, objects: list[Object]) -> None:
        self.objects = objects
        self.deployments = self.all("Deployment")
        self.services = {one["metadata"]["name"]: one for one in self.all("Service")}

    def all(self, kind: str, group: str = "") -> list[Object]:
        return [one for one in self.objects if one["kind"] == kind and one["apiVersion"].startswith(group)]

    def pods(self, selector: Mapping[str, str]) -> list[Object]:
        """The Deployments whose pods a selector picks; an empty selector picks none."""
        return [one for one in self.deployments if selector and selector.items() <= labels(one).items()]


def labels(deployment: Object) -> dict[str, str]:
    """The labels of a Deployment's pods."""
    found: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return found


def ports(deployments: Iterable[Object]) -> set[str]:
    """The names of all container ports."""
    return {
        port["name"]
        for deployment in deployments
        for container in deployment["spec"]["template"]["spec"]["containers"]
        for port in container["ports"]
    }


def workloads(cluster: Cluster) -> Iterator[str]:
    accounts = {one["metadata"]["name"] for one in cluster.all("ServiceAccount")}
    for one in cluster.deployments:
        name, pod = one["metadata"]["name"], one["spec"]["template"]["spec"]
        if cluster.pods(one["spec"]["selector"]["matchLabels"]) != [one]:
            yield f"{name} selects other pods than its own, or not its own"
        if one["metadata"]["labels"]["version"] != labels(one)["version"]:
            yield f"{name} and its pods are labelled with different versions"
        if pod["serviceAccountName"] not in accounts:
            yield f"{name} runs as an account that is not here"
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            yield from _container(name, container, volumes, ports([one]))
        if not pod["securityContext"]["runAsNonRoot"] or pod["automountServiceAccountToken"]:
            yield f"{name} may run as root or holds a token"


def _container(name: str, container: Object, volumes: set[str], known: set[str]) -> Iterator[str]:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if container[probe]["httpGet"]["port"] not in known:
            yield f"{name}: the {probe} asks a port that is not there"
    if {mount["name"] for mount in container["volumeMounts"]} - volumes:
        yield f"{name} mounts a volume that is not there"
    if "memory" not in container["resources"]["limits"] or "cpu" not in container["resources"]["requests"]:
        yield f"{name} has no memory limit or no CPU request"
    allowed = container["securityContext"]
    locked = not allowed["allowPrivilegeEscalation"] and allowed["readOnlyRootFilesystem"]
    if not locked or allowed["capabilities"] != {"drop": ["ALL"]}:
        yield f"{name} is not locked down"
    if ":" not in container["image"] or container["image"].endswith(":latest"):
        yield f"{name} has an image without a version"


def services(cluster: Cluster) -> Iterator[str]:
    for name, one in cluster.services.items():
        picked = cluster.pods(one["spec"]["selector"])
        if not picked:
            yield f"{name} selects no pods"
        for port in one["spec"]["ports"]:
            for deployment in picked:
                if port["targetPort"] not in ports([deployment]):
                    yield f"{name}: {deployment['metadata']['name']} has no port {port['targetPort']}"


def rules(cluster: Cluster) -> Iterator[str]:
    for one in cluster.all("DestinationRule"):
        service = cluster.services.get(one["spec"]["host"])
        if service is None:
            yield f"{one['spec']['host']} is no service"
            continue
        picked = cluster.pods(service["spec"]["selector"])
        for subset in one["spec"]["subsets"]:
            if len([pod for pod in cluster.pods(subset["labels"]) if pod in picked]) != 1:
                yield f"the subset {subset['name']} is not the pods of one Deployment"


def virtual_services(cluster: Cluster) -> Iterator[str]:
    gateways = {one["metadata"]["name"]: one for one in cluster.all("Gateway", "networking.istio.io")}
    subsets = {
        (one["spec"]["host"], subset["name"])
        for one in cluster.all("DestinationRule")
        for subset in one["spec"]["subsets"]
    }
    for one in cluster.all("VirtualService"):
        for name in one["spec"]["gateways"]:
            served = (
                {h for server in gateways[name]["spec"]["servers"] for h in server["hosts"]}
                if name in gateways
                else set()
            )
            if not set(one["spec"]["hosts"]) <= served:
                yield f"the gateway {name} does not serve {one['spec']['hosts']}"
        for entry in one["spec"]["http"]:
            yield from _shares(entry["route"], entry["name"])
            for part in entry["route"]:
                place = part["destination"]
                service = cluster.services.get(place["host"])
                if service is None or (len(service["spec"]["ports"]) != 1 and "port" not in place):
                    yield f"{entry['name']}: {place['host']} is no service, or which port is not said"
                if (place["host"], place["subset"]) not in subsets:
                    yield f"{entry['name']}: the subset {place['subset']} is not defined"
                for way in ("request", "response"):
                    if part["headers"][way] != {"set": {"x-model-version": place["subset"]}}:
                        yield f"{entry['name']}: {place['subset']} is not told in the {way}"


def http_routes(cluster: Cluster) -> Iterator[str]:
    gateways = {one["metadata"]["name"]: one for one in cluster.all("Gateway", GATEWAY_API)}
    for one in cluster.all("HTTPRoute"):
        for parent in one["spec"]["parentRefs"]:
            listeners = gateways[parent["name"]]["spec"]["listeners"] if parent["name"] in gateways else []
            if not set(one["spec"]["hostnames"]) <= {listener["hostname"] for listener in listeners}:
                yield f"the gateway {parent['name']} does not serve {one['spec']['hostnames']}"
        for rule in one["spec"]["rules"]:
            yield from _shares(rule["backendRefs"], one["metadata"]["name"])
            for backend in rule["backendRefs"]:
                service = cluster.services.get(backend["name"])
                if service is None or backend["port"] not in {
                    port["port"] for port in service["spec"]["ports"]
                }:
                    yield f"{backend['name']} is no service with the port {backend['port']}"
                    continue
                versions = {labels(pod)["version"] for pod in cluster.pods(service["spec"]["selector"])}
                told = {
                    header["value"]
                    for one_filter in backend["filters"]
                    for key in ("requestHeaderModifier", "responseHeaderModifier")
                    for header in one_filter.get(key, {}).get("set", ())
                }
                if len(backend["filters"]) != 2 or told != versions:
                    yield f"{backend['name']} is not told as {versions}"


def _shares(route: list[dict[str, Any]], name: str) -> Iterator[str]:
    if len(route) > 1 and sum(part["weight"] for part in route) != 100:
        yield f"{name}: the weights do not sum to 100"
    if any(not 0 <= part.get("weight", 100) <= 100 for part in route):
        yield f"{name}: a weight is no percentage"


def monitors(cluster: Cluster) -> Iterator[str]:
    for one in cluster.all("PodMonitor"):
        selector = one["spec"]["selector"]["matchLabels"]
        if selector == ISTIO_GATEWAY or _of_a_gateway(cluster, selector):  # Istio makes these pods
            continue
        picked = cluster.pods(selector)
        if not picked:
            yield f"{one['metadata']['name']} selects no pods"
        for endpoint in one["spec"]["podMetricsEndpoints"]:
            for deployment in picked:
                if endpoint["port"] not in ports([deployment]) | INJECTED_PORTS:
                    yield f"{deployment['metadata']['name']} has no port {endpoint['port']}"


def _of_a_gateway(cluster: Cluster, selector: Mapping[str, str]) -> bool:
    names = {one["metadata"]["name"] for one in cluster.all("Gateway", GATEWAY_API)}
    return selector.get(f"{GATEWAY_API}/gateway-name") in names


def owned(cluster: Cluster) -> Iterator[str]:
    """Budgets and autoscalers: what they are about is here, and nobody else sets an autoscaler's number."""
    for one in cluster.all("PodDisruptionBudget"):
        if len(cluster.pods(one["spec"]["selector"]["matchLabels"])) != 1:
            yield f"the budget {one['metadata']['name']} is not about one Deployment"
    for one in cluster.all("HorizontalPodAutoscaler"):
        name = one["spec"]["scaleTargetRef"]["name"]
        target = [deployment for deployment in cluster.deployments if deployment["metadata"]["name"] == name]
        if len(target) != 1 or "replicas" in target[0]["spec"]:
            yield f"the autoscaler of {name} has no target, or Git sets its replicas too"


def edge(cluster: Cluster) -> Iterator[str]:
    """What is attached to the ingress gateway finds the route it is about."""
    hosts = {
        f"{host}:{server['port']['number']}"
        for one in cluster.all("Gateway", "networking.istio.io")
        for server in one["spec"]["servers"]
        for host in server["hosts"]
    }
    sizes = {
        entry["name"]: len(entry["route"])
        for one in cluster.all("VirtualService")
        for entry in one["spec"]["http"]
    }
    for one in cluster.all("EnvoyFilter"):
        if (
            one["spec"]["workloadSelector"]["labels"] != ISTIO_GATEWAY
            or one["metadata"]["namespace"] != "istio-system"
        ):
            yield f"{one['metadata']['name']} does not select the ingress gateway where it runs"
        for patch in one["spec"]["configPatches"]:
            vhost = patch["match"].get("routeConfiguration", {}).get("vhost")
            if vhost and (vhost["name"] not in hosts or sizes.get(vhost["route"]["name"], 0) < 2):
                yield f"{one['metadata']['name']} patches {vhost}, which is not here or has one destination"
    for one in cluster.all("Telemetry"):
        targets = {(target["kind"], target["name"]) for target in one["spec"].get("targetRefs", ())}
        here = {("Gateway", gateway["metadata"]["name"]) for gateway in cluster.all("Gateway", GATEWAY_API)}
        selected = one["spec"].get("selector", {}).get("matchLabels") == ISTIO_GATEWAY
        if not (targets and targets <= here) and not (
            selected and one["metadata"]["namespace"] == "istio-system"
        ):
            yield f"{one['metadata']['name']} does not select a gateway where it runs"
