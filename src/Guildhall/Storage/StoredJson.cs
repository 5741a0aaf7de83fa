using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;
using Guildhall.Services;

namespace Guildhall.Storage;

/// <summary>Small values that are read and written as a whole, in one text column each: lists, and the answers to keyed requests.</summary>
[JsonSerializable(typeof(ImmutableArray<MemberOrganization>))]
[JsonSerializable(typeof(ImmutableArray<Organization>))]
[JsonSerializable(typeof(ImmutableArray<OperationStep>))]
[JsonSerializable(typeof(HeldIdentity))]
[JsonSerializable(typeof(ImmutableArray<DriftFinding>))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(RegisteredService))]
[JsonSerializable(typeof(PossessionChallenge))]
[JsonSerializable(typeof(AttachmentReport))]
[JsonSerializable(typeof(AccountEntry))]
[JsonSerializable(typeof(ProjectEntry))]
[JsonSerializable(typeof(UserEntry))]
[JsonSerializable(typeof(AccessKeyEntry))]
internal sealed partial class StoredJson : JsonSerializerContext
{
    /// <summary>Names stay readable to an operator who looks into the store.</summary>
    public static StoredJson Readable { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter<OperationStatus>(), new JsonStringEnumConverter<DriftKind>() },
    });
}
