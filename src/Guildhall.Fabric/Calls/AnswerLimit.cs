namespace Guildhall.Fabric;

/// <summary>How much a server may answer to one call. A longer message is refused when it is announced, before any of it is read.</summary>
/// <param name="Bytes">Of one message.</param>
/// <param name="Messages">A server that sends more is not followed.</param>
/// <param name="Total">Bytes of all messages.</param>
internal sealed record AnswerLimit(int Bytes, int Messages, long Total)
{
    /// <summary>An orderer's answer to an update is a status and a sentence.</summary>
    public static readonly AnswerLimit Verdict = Single(64 << 10);

    /// <summary>A peer's channels: four thousand of the longest names.</summary>
    public static readonly AnswerLimit ChannelList = Single(1 << 20);

    public static AnswerLimit Single(int bytes) => new(bytes, 1, bytes);
}
