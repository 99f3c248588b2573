#include "campaign-svc/domain/html_walk.h"

#include <gtest/gtest.h>

namespace regulars::campaign {
namespace {

HtmlWalk WalkOver(absl::string_view page) {
  HtmlWalk walk;
  walk.Over(page, 0, page.size());
  return walk;
}

// By HTML 5, 13.2.5.
TEST(HtmlWalk, WhereOneIs) {
  using enum HtmlPlace;
  const struct {
    const char* page;
    HtmlPlace place;
    // The attribute, or the element that holds code.
    const char* within;
  } rows[] = {
      {"", kText, ""},
      {"<p>", kText, ""},
      {"<p", kTag, ""},
      {"<p ", kTag, ""},
      {"<p a=\"x\"", kTag, ""},
      {"<p TITLE=\"", kQuoted, "title"},
      {"<p a=b title = '", kQuoted, "title"},
      {"<p a/title='", kQuoted, "title"},
      {"<p title=", kUnquoted, "title"},
      {"<p title=x", kUnquoted, "title"},
      // A quote, or a '=', without a name before it belongs to a name.
      {"<p \">", kText, ""},
      {"<p =\">", kText, ""},
      {"<script>a<b", kCode, "script"},
      {"<STYLE type=\"text/css\">p{", kCode, "style"},
      {"<style></styles>", kCode, "style"},
      {"<style></style>", kText, ""},
      {"<style></STYLE ><p>", kText, ""},
      {"<style><</style>", kText, ""},
      {"<title>a", kText, ""},
      {"<styles>a", kText, ""},
      {"<!-- <script>", kText, ""},
      {"<!--[if mso]><p title=\"", kQuoted, "title"},
      {"<!--[if mso]><style>", kCode, "style"},
      {"<!--[if mso]><style><![endif]-->", kText, ""},
  };
  for (const auto& row : rows) {
    const HtmlWalk walk = WalkOver(row.page);
    EXPECT_EQ(walk.place(), row.place) << row.page;
    if (row.place == kQuoted || row.place == kUnquoted) {
      EXPECT_EQ(walk.attribute(), row.within) << row.page;
    }
    if (row.place == kCode) {
      EXPECT_EQ(walk.element(), row.within) << row.page;
    }
  }
}

TEST(HtmlWalk, WhatIsNotClosed) {
  const struct {
    const char* page;
    const char* unclosed;
    size_t opened_at;
  } rows[] = {
      {"", "", 0},
      {"<p>a", "", 0},
      {"1 < 2 <", "", 6},
      {"<p>x<a href=\"", "the tag <a>", 4},
      {"<p>x<a href=\"y>z</a>", "the tag <a>", 4},
      {"a</p", "the tag </p>", 1},
      {"a</", "the tag </>", 1},
      {"</>a", "", 0},
      {"</ a>b", "", 0},
      {"<p>Hi <!-- oops <b>x</b>", "a comment", 6},
      {"<!-->a", "", 0},
      {"<!--->a", "", 0},
      {"<!---->a", "", 0},
      {"<!-- a ->", "a comment", 0},
      {"<!-- a --!>b", "", 0},
      {"<!--!>b", "a comment", 0},
      {"<!---!>b", "a comment", 0},
      {"<!----!>b", "", 0},
      {"<!doctype html>", "", 0},
      {"<!doctype", "a comment", 0},
      {"<?xml --?>", "", 0},
      {"<style>p{}", "<style>", 0},
      {"<title>a</title", "<title>", 0},
      {"<title>a</title ", "the tag </title>", 0},
      {"<textarea><p>", "<textarea>", 0},
      // To all programs but one this is a comment up to "-->".
      {"a<!--[if mso]><table><![endif]-->", "", 0},
      {"a<!--[if mso]><table><![endif]>", "a comment", 1},
      {"a<!--[if mso]><style>p{}<![endif]-->b", "", 0},
      {"a<!--[if mso]><p title=\"<![endif]-->b", "", 0},
      {"a<!--[if mso]><p>--!>b", "", 0},
      {"a<!--[if mso]>--!><script>-->", "<script>", 18},
      {"<!--[if !mso]><!--><p><!--<![endif]-->b", "", 0},
      {"<!--[if !mso]><!--><p><!--<![endif]>b", "a comment", 22},
  };
  for (const auto& row : rows) {
    const HtmlWalk walk = WalkOver(row.page);
    EXPECT_EQ(walk.Unclosed(), row.unclosed) << row.page;
    if (*row.unclosed != '\0') {
      EXPECT_EQ(walk.opened_at(), row.opened_at) << row.page;
    }
  }
}

TEST(HtmlWalk, WhatIsLeftOutCountsAsNothing) {
  const absl::string_view page = "<a href=\"{{x}}\">";
  HtmlWalk walk;
  walk.Over(page, 0, 9);
  walk.Over(page, 14, page.size());
  EXPECT_EQ(walk.Unclosed(), "");
  HtmlWalk open;
  open.Over(page, 0, 9);
  EXPECT_EQ(open.attribute(), "href");
}

}  // namespace
}  // namespace regulars::campaign
