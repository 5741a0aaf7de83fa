using System.Collections.Immutable;

namespace Guildhall.Networks;

/// <summary>For which changes that others ask for a service's kept keys sign without being asked. Without any, they are asked.</summary>
/// <param name="SetAt">When the service's account last said so, either way; null when it never has.</param>
public sealed record AutomaticSignatures(ImmutableArray<AutomaticChannel> Channels, DateTimeOffset? SetAt)
{
    public static readonly AutomaticSignatures NeverSet = new([], null);

    public AutomaticChannel? Find(string channelName) => Channels.FirstOrDefault(one => one.ChannelName == channelName);
}

/// <summary>What is signed without being asked on one channel.</summary>
/// <param name="Joins">Whether others' joining is.</param>
/// <param name="Leaves">Whether others' leaving is.</param>
/// <param name="Until">When it ends by itself; null for not before it is taken back.</param>
/// <param name="PerDay">The most signatures of a day, by UTC.</param>
public sealed record AutomaticChannel(string ChannelName, bool Joins, bool Leaves, DateTimeOffset? Until, int PerDay)
{
    public const int UsualPerDay = 10;

    public const int MaxPerDay = 1000;

    /// <summary>As far ahead as <see cref="Until"/> may be.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);
}

/// <summary>The chain that a channel of an attached service is, by the first block that was seen of it.</summary>
/// <param name="OtherHash">What the same block was seen to be since; null as long as it is the same.</param>
public sealed record NetworkBinding(string ServiceId, string ChannelName, Fabric.BlockReference Block, string? OtherHash, DateTimeOffset BoundAt)
{
    /// <summary>Whether the service was attached anew since: the next look tells whether it is still the same chain.</summary>
    public bool IsEarlier { get; init; }

    /// <summary>That the channel is another chain than it was.</summary>
    public string InWords => $"Channel {ChannelName} is another one than it was: its block {Block.Number} had the hash {Block.Hash}, and has {OtherHash} now. Nothing is signed for it.";
}

/// <summary>What is said about the signing of an attached service.</summary>
public sealed record AttachedSigning(AutomaticSignatures Automatic, ImmutableArray<NetworkBinding> Bindings)
{
    /// <summary>What its owner should know: that its keys ask from now on, which organizations are not proven to be its own, and where a channel is another chain than it was.</summary>
    public AttachmentReport Findings(Attachment attachment) => new(
    [
        .. Automatic.SetAt is null
            ? attachment.Organizations.Where(organization => organization.Administrator is not null).Select(organization => AttachmentCheck.Warn(
                CheckedPart.Administrator,
                organization.Name,
                "signs by itself only what its own account has asked for: for changes of others it is asked.",
                "Say once what it may sign without being asked, or that it shall be asked: PUT to this address with /automatic-signatures, guildhall fabric automatic, or the console."))
            : [],
        .. AttachmentCheck.OfUnproven(attachment),
        .. Bindings.Where(binding => binding.OtherHash is not null).Select(binding => AttachmentCheck.Fail(
            CheckedPart.Channel,
            binding.ChannelName,
            binding.InWords,
            "Find out who answers at the addresses of its nodes. Where the channel was really created anew, attach the service again.")),
    ]);
}
