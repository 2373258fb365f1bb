"""Volumes other than these reach storage, hosts or drivers directly, past what a cluster's owner provisions."""

from podsec_compile.dsl import Rule, any_set, pod, pss

volume = pod.spec.volumes.each
provided = any_set(
    volume.configMap, volume.csi, volume.downwardAPI, volume.emptyDir, volume.ephemeral, volume.image,
    volume.persistentVolumeClaim, volume.projected, volume.secret,
)  # fmt: skip
direct = any_set(
    volume.hostPath, volume.gcePersistentDisk, volume.awsElasticBlockStore, volume.gitRepo, volume.nfs, volume.iscsi,
    volume.glusterfs, volume.rbd, volume.flexVolume, volume.cinder, volume.cephfs, volume.flocker, volume.fc,
    volume.azureFile, volume.vsphereVolume, volume.quobyte, volume.azureDisk, volume.portworxVolume,
    volume.photonPersistentDisk, volume.scaleIO, volume.storageos,
)  # fmt: skip

RULE = Rule(
    title="Only volumes that the cluster provides are mounted",
    level="restricted",
    sources=[pss("restrictedVolumes")],
    require=provided | ~direct,
    replaces="host-path-volumes",
    remedy="use a PersistentVolumeClaim, or a CSI driver, in place of the volume",
    good={
        "unset": "",
        "null": "spec: {volumes: null}",
        "claim": "spec: {volumes: [{name: store, persistentVolumeClaim: {claimName: store}}]}",
        "no source, which is an emptyDir": "spec: {volumes: [{name: scratch}]}",
    },
    bad={
        "NFS": "spec: {volumes: [{name: share, nfs: {server: example.org, path: /}}]}",
        "host path": "spec: {volumes: [{name: root, hostPath: {path: /}}]}",
    },
)
