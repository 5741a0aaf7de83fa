using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

/// <summary>Serializers written at build time; every body that the API sends is listed here.</summary>
[JsonSerializable(typeof(Error))]
[JsonSerializable(typeof(Success))]
[JsonSerializable(typeof(QuitBegun))]
[JsonSerializable(typeof(Begun))]
[JsonSerializable(typeof(Member))]
[JsonSerializable(typeof(PageInfo))]
[JsonSerializable(typeof(Notification))]
[JsonSerializable(typeof(ServiceList))]
[JsonSerializable(typeof(ServiceCreated))]
[JsonSerializable(typeof(ServiceDetail))]
[JsonSerializable(typeof(ServiceStatus))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(ChannelList))]
[JsonSerializable(typeof(Flavors))]
[JsonSerializable(typeof(QuotaList))]
[JsonSerializable(typeof(OperationRecord))]
[JsonSerializable(typeof(NetworkAttached))]
[JsonSerializable(typeof(NetworkChallenge))]
[JsonSerializable(typeof(NetworkShown))]
[JsonSerializable(typeof(NetworkPlan))]
[JsonSerializable(typeof(IReadOnlyList<NetworkChannel>))]
[JsonSerializable(typeof(SignatureRequestList))]
[JsonSerializable(typeof(SignatureRequestDetail))]
internal sealed partial class WireJson : JsonSerializerContext;
