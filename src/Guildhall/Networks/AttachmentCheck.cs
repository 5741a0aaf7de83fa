using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Guildhall.Networks;

/// <summary>One thing that was looked at before a service is attached, and what was found.</summary>
/// <param name="Subject">What it is about: an organization, an orderer, a peer or a channel.</param>
/// <param name="Remedy">What to do about it; empty when it is good.</param>
public sealed record AttachmentCheck(CheckOutcome Outcome, CheckedPart Part, string Subject, string Words, string Remedy)
{
    public static AttachmentCheck Good(CheckedPart part, string subject, string words) => new(CheckOutcome.Good, part, subject, words, "");

    public static AttachmentCheck Warn(CheckedPart part, string subject, string words, string remedy) => new(CheckOutcome.Warning, part, subject, words, remedy);

    /// <summary>What is said of each organization that anybody could have attached, its MSP folder being public.</summary>
    public static IEnumerable<AttachmentCheck> OfUnproven(Attachment attachment) => attachment.Organizations.Where(organization => organization.ProvenAt is null).Select(organization => Warn(
        CheckedPart.Organization,
        organization.Name,
        "is not proven yet to be this account's: it can be read with, and neither joins a channel nor holds a place on one.",
        "Have one of its administrators sign the challenge: POST to this address with /challenge, guildhall sign, POST with /possession; or the console. Or attach it with the administrator's key."));

    public static AttachmentCheck Fail(CheckedPart part, string subject, string words, string remedy) => new(CheckOutcome.Failed, part, subject, words, remedy);
}

/// <summary>Whether a service can be attached with it.</summary>
public enum CheckOutcome
{
    Good,

    /// <summary>It can, and somebody should look at it.</summary>
    Warning,
    Failed,
}

/// <summary>What is looked at, in this order.</summary>
public enum CheckedPart
{
    Profile,
    Organization,
    Msp,
    Administrator,
    Client,
    Orderer,
    Peer,
    Channel,
}

/// <summary>All that was found.</summary>
public sealed record AttachmentReport(ImmutableArray<AttachmentCheck> Checks)
{
    [JsonIgnore]
    public bool IsGood => Failures.IsEmpty;

    [JsonIgnore]
    public ImmutableArray<AttachmentCheck> Failures => [.. Checks.Where(check => check.Outcome == CheckOutcome.Failed)];
}
