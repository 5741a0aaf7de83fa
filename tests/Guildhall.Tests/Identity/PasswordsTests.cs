using Guildhall.Identity;

namespace Guildhall.Tests.Identity;

public sealed class PasswordsTests
{
    /// <summary>What the API refuses to read can be no password: nobody could sign in with it.</summary>
    [Theory]
    [InlineData("correct horse", true)]
    [InlineData("пароль 密码 ключ", true)]
    [InlineData("correct 🐎", true)]
    [InlineData("correct\thorse", false)]
    [InlineData("correct horse\r", false)]
    [InlineData("correct\u0000horse", false)]
    [InlineData("\uFEFFcorrect horse", false)]
    [InlineData("short", false)]
    public void What_can_be_sent_can_be_a_password(string password, bool isFit) => Assert.Equal(isFit, Passwords.WhyNot(password) is null);

    [Fact]
    public void A_password_is_kept_salted_and_known_again()
    {
        var passwords = new Passwords(iterations: 1);
        var (one, other) = (passwords.Hash("correct horse"), passwords.Hash("correct horse"));

        Assert.NotEqual(one, other);
        Assert.Equal(PasswordVerdict.Right, passwords.Verify(one, "correct horse"));
        Assert.Equal(PasswordVerdict.Wrong, passwords.Verify(one, "Correct horse"));
        Assert.Equal(PasswordVerdict.Wrong, passwords.Verify(one, ""));
    }

    [Fact]
    public void A_user_that_does_not_exist_has_no_right_password()
    {
        var passwords = new Passwords(iterations: 1);
        Assert.Equal(PasswordVerdict.Wrong, passwords.Verify(hash: null, "anything"));
    }

    [Fact]
    public void A_hash_of_fewer_iterations_than_today_asks_to_be_made_again()
    {
        var past = new Passwords(iterations: 1);
        var today = new Passwords(iterations: 2);
        var hash = past.Hash("correct horse");
        Assert.Equal(PasswordVerdict.RightButWeaklyHashed, today.Verify(hash, "correct horse"));
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_password_has_8_to_128_characters(int length, bool isFit) => Assert.Equal(isFit, Passwords.WhyNot(new string('p', length)) is null);

    [Fact]
    public void Secrets_have_the_reference_s_looks_and_never_repeat()
    {
        var made = Enumerable.Range(0, 1000).Select(_ => (Secrets.NewToken(), Secrets.NewAccessKey(), Secrets.NewSecretKey())).ToList();
        Assert.All(made, each =>
        {
            Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9_-]{42}$", each.Item1);
            Assert.Matches("^[A-Z0-9]{20}$", each.Item2);
            Assert.Matches("^[A-Za-z0-9]{40}$", each.Item3);
        });
        Assert.Equal(3000, made.SelectMany(each => new[] { each.Item1, each.Item2, each.Item3 }).Distinct().Count());
    }

    [Fact]
    public void A_secret_does_not_print_itself()
    {
        var key = new NewAccessKey(new AccessKeyEntry("AK", "a", "u", "n", "d", default, null), new Secret("hush"));
        Assert.DoesNotContain("hush", key.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", $"{key.SecretKey}", StringComparison.Ordinal);
    }
}
