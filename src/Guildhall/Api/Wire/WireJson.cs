using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

/// <summary>Serializers written at build time; every body that the API sends is listed here.</summary>
[JsonSerializable(typeof(Error))]
[JsonSerializable(typeof(Success))]
[JsonSerializable(typeof(QuitBegun))]
[JsonSerializable(typeof(Begun))]
[JsonSerializable(typeof(MemberList))]
[JsonSerializable(typeof(NotificationPage))]
internal sealed partial class WireJson : JsonSerializerContext;
