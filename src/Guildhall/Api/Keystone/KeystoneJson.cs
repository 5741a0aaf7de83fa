using System.Text.Json.Serialization;

namespace Guildhall.Api.Keystone;

/// <summary>Serializers written at build time; every body under <c>/v3</c> is listed here.</summary>
[JsonSerializable(typeof(IamError))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(ProjectList))]
[JsonSerializable(typeof(DomainList))]
[JsonSerializable(typeof(CredentialAnswer))]
[JsonSerializable(typeof(CredentialList))]
internal sealed partial class KeystoneJson : JsonSerializerContext;
