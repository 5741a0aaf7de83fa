using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

// What only the cloud's infrastructure could fill is sent the way the reference's Go backend sends it: null for what is not there.

internal sealed record ServiceList(
    [property: JsonPropertyName("blockchains")] IReadOnlyList<ServiceName> Services,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("page_info"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PageInfo? Page);

internal sealed record ServiceName(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name);

internal sealed record ServiceCreated(
    [property: JsonPropertyName("blockchain_id")] string Id,
    [property: JsonPropertyName("blockchain_name")] string Name,
    [property: JsonPropertyName("operation_id")] string OperationId);

internal sealed record ServiceDetail(
    [property: JsonPropertyName("basic_info")] BasicInfo Basic,
    [property: JsonPropertyName("channels")] IReadOnlyList<ChannelInfo> Channels,
    [property: JsonPropertyName("peer_info")] IReadOnlyList<PeerInfo> Peers)
{
    [JsonPropertyName("light_peer_info")]
    public IReadOnlyList<PeerInfo>? LightPeers => null;

    [JsonPropertyName("orderer_info")]
    public PeerInfo? Orderers => null;

    [JsonPropertyName("couch_db_info")]
    public PeerInfo? CouchDb => null;

    [JsonPropertyName("dms_kafka_info")]
    public PeerInfo? Kafka => null;

    [JsonPropertyName("ief_info")]
    public PeerInfo? Edge => null;

    [JsonPropertyName("sfs_info")]
    public PeerInfo? FileStorage => null;

    [JsonPropertyName("agent_info")]
    public PeerInfo? Agent => null;

    [JsonPropertyName("restapi_info")]
    public PeerInfo? RestApi => null;

    [JsonPropertyName("evs_pvc_info")]
    public PeerInfo? Volumes => null;

    [JsonPropertyName("tc3_taskserver_info")]
    public PeerInfo? TrustedComputing => null;

    [JsonPropertyName("obs_bucket_info")]
    public PeerInfo? Bucket => null;
}

internal sealed record BasicInfo(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("service_type")] string ServiceType,
    [property: JsonPropertyName("sign_algorithm")] string SignAlgorithm,
    [property: JsonPropertyName("consensus")] string Consensus,
    [property: JsonPropertyName("version_type")] int VersionType,
    [property: JsonPropertyName("database_type")] string DatabaseType,
    [property: JsonPropertyName("cluster_type")] string ClusterType,
    [property: JsonPropertyName("created_time")] string CreatedTime,
    [property: JsonPropertyName("deploy_type")] string DeployType,
    [property: JsonPropertyName("is_support_tc3")] bool IsTrustedComputing)
{
    [JsonPropertyName("purchase_type")]
    public string PurchaseType => "normal";

    /// <summary>On demand.</summary>
    [JsonPropertyName("charging_mode")]
    public int ChargingMode => 1;

    [JsonPropertyName("cluster_id")]
    public string ClusterId => "";

    [JsonPropertyName("cluster_name")]
    public string ClusterName => "";

    [JsonPropertyName("cluster_az")]
    public string ClusterZone => "no";

    [JsonPropertyName("cluster_platform_type")]
    public string ClusterPlatform => "";

    [JsonPropertyName("order_fade_enabled")]
    public bool IsOrderFading => false;

    [JsonPropertyName("order_fade_cache")]
    public int OrderFadeCache => 0;

    [JsonPropertyName("is_cross_region")]
    public bool IsCrossRegion => false;

    [JsonPropertyName("is_support_rollback")]
    public bool IsRollbackSupported => false;

    [JsonPropertyName("is_support_restful")]
    public bool IsRestSupported => false;

    [JsonPropertyName("is_old_service")]
    public bool IsOld => false;

    [JsonPropertyName("old_service_version")]
    public string OldVersion => "";

    [JsonPropertyName("agent_portal_addrs")]
    public IReadOnlyList<string>? AgentAddresses => null;

    [JsonPropertyName("status")]
    public string Status => "Normal";

    /// <summary>Nothing is under way: what is asked of a service is done when the answer is sent.</summary>
    [JsonPropertyName("process_status")]
    public string ProcessStatus => "";

    [JsonPropertyName("order_status")]
    public int OrderStatus => 2;

    /// <summary>Success.</summary>
    [JsonPropertyName("deploy_status")]
    public int DeployStatus => 1;

    [JsonPropertyName("block_info")]
    public PeerInfo? Blocks => null;
}

internal sealed record ChannelInfo(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("org_names")] IReadOnlyList<string> Organizations,
    [property: JsonPropertyName("org_name_hash")] IReadOnlyList<string> Hashes,
    [property: JsonPropertyName("peers")] IReadOnlyDictionary<string, List<string>> Peers);

internal sealed record PeerInfo(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("node_cnt")] int Count,
    [property: JsonPropertyName("status_detail")] string Health)
{
    [JsonPropertyName("status")]
    public string Status => "Normal";

    [JsonPropertyName("pvc_name")]
    public string VolumeName => "";

    [JsonPropertyName("address")]
    public IReadOnlyList<string>? Addresses => null;
}

internal sealed record ServiceStatus([property: JsonPropertyName("bcs")] StatusDetail Service)
{
    [JsonPropertyName("eip")]
    public StatusDetail? Address => null;

    [JsonPropertyName("sfs")]
    public StatusDetail? FileStorage => null;

    [JsonPropertyName("obs")]
    public StatusDetail? Bucket => null;

    [JsonPropertyName("kafka")]
    public StatusDetail? Kafka => null;

    [JsonPropertyName("cce")]
    public StatusDetail? Cluster => null;
}

internal sealed record StatusDetail(
    [property: JsonPropertyName("start_time")] string StartTime,
    [property: JsonPropertyName("end_time")] string EndTime,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("detail")] string Detail);

internal sealed record NodeList([property: JsonPropertyName("node_orgs")] IReadOnlyDictionary<string, OrganizationNodes> Organizations);

internal sealed record OrganizationNodes(
    [property: JsonPropertyName("org_msp_id")] string MspId,
    [property: JsonPropertyName("org_domain")] string Domain,
    [property: JsonPropertyName("peers")] IReadOnlyDictionary<string, Node> Peers);

internal sealed record Node(
    [property: JsonPropertyName("ip_port")] string Address,
    [property: JsonPropertyName("channels")] IReadOnlyList<string> Channels);

internal sealed record ChannelList([property: JsonPropertyName("channels")] IReadOnlyList<ChannelOfService> Channels);

internal sealed record ChannelOfService(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("create_time")] string CreateTime,
    [property: JsonPropertyName("consensus")] string Consensus,
    [property: JsonPropertyName("peers")] IReadOnlyDictionary<string, List<string>> Peers)
{
    [JsonPropertyName("consensusNodes")]
    public IReadOnlyDictionary<string, List<string>>? ConsensusNodes => null;
}

internal sealed record Flavors([property: JsonPropertyName("enterprise_spec")] Flavor Enterprise);

internal sealed record Flavor(
    [property: JsonPropertyName("org_peer_max_num")] int PeersPerOrganization,
    [property: JsonPropertyName("orderer_max_num")] int Orderers,
    [property: JsonPropertyName("member_max_num")] int Members);

internal sealed record QuotaList([property: JsonPropertyName("resources")] IReadOnlyList<Quota> Resources);

internal sealed record Quota(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("min")] int Min,
    [property: JsonPropertyName("max")] int Max,
    [property: JsonPropertyName("quota")] int Limit,
    [property: JsonPropertyName("used")] int Used,
    [property: JsonPropertyName("free")] int Free);
